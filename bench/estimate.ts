// How near an estimate comes to what Logs Insights then scans: by the metric IncomingBytes, and by the share of the
// stored bytes where there is no metric. The load and the count of what was scanned are those of a peer on loopback.
import { addLoad, even, lastOf, startLoaded, uneven, WINDOWS } from "../test/sources/cloudwatch-load.ts";

const LOADS = { even, uneven };
const { signal } = new AbortController();

for (const [name, load] of Object.entries(LOADS)) {
  const loaded = await startLoaded();
  addLoad(loaded.peer, "metered", load);
  addLoad(loaded.peer, "stored", load, { hasMetric: false });
  console.log(`${name} load\nwindow       scanned    by metric  ratio   by stored  ratio`);
  for (const [window, length] of WINDOWS) {
    const scanned = await loaded.scan(["metered"], lastOf(length));
    const estimates = ["metered", "stored"].map(async (group) => {
      const estimate = await loaded.source.estimateScan?.([group], lastOf(length), signal);
      return estimate?.bytes ?? Number.NaN;
    });
    const cells = (await Promise.all(estimates)).map(
      (bytes) => `${String(bytes).padStart(11)}  ${(bytes / scanned).toFixed(3).padStart(5)}`,
    );
    console.log(`${window.padEnd(8)} ${String(scanned).padStart(11)} ${cells.join(" ")}`);
  }
  console.log();
  await loaded.close();
}
