import fc from "fast-check";
import { expect, test } from "vitest";
import { extractIds } from "../../src/analysis/ids.ts";
import { event } from "./events.ts";

const UUID = "1ab2c3d4-0011-4a2b-8c3d-0123456789ab";
const HEX = "4bf92f3577b34da6a3ce929d0e0e4736";

test.each<[string, readonly string[]]>([
  [`{"requestId":"${UUID}","msg":"x"}`, [UUID]],
  [`{"request_id": "${UUID.toUpperCase()}"}`, [UUID]],
  [`START RequestId: ${UUID} Version: $LATEST`, [UUID]],
  [`ERROR x failed - RequestID: k92x86k8msd`, ["k92x86k8msd"]],
  [`level=info trace_id=${HEX} span_id=00f067aa0ba902b7`, [HEX]],
  [`{"trace":{"id":"${HEX}"},"log.level":"info"}`, [HEX]],
  [`{"trace.id":"${HEX}"}`, [HEX]],
  [`{"headers":"{\\"x-request-id\\":\\"${UUID}\\"}"}`, [UUID]],
  [`traceparent: 00-${HEX}-00f067aa0ba902b7-01`, [HEX]],
  [
    "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
    ["1-5759e988-bd862e3fe1be46a994272793"],
  ],
  [`INFO nova.api [req-${UUID} 113d 54fa - - -] done`, [`req-${UUID}`]],
  [`[orders,${HEX},00f067aa0ba902b7] INFO x`, [HEX]],
  [`correlationId=${UUID}, order_id=1002003`, [UUID, "order 1002003"]],
  ["order 17 shipped, order_id: ORD-2026-0017", ["ORD-2026-0017"]],
])("%s", (message, ids) => {
  expect(extractIds(event({ message })).toSorted()).toEqual([...ids].toSorted());
});

test.each([
  `{"reqId":"req-5","msg":"request completed"}`,
  "request completed in 120ms",
  `[instance: ${UUID}] VM started`,
  "request: timeout after 30s, job: nightly-cleanup",
  "event time=2026-01-02T10:00:00Z",
  "order 17 of 20",
  `span_id=00f067aa0ba902b7`,
])("no id that services share: %s", (message) => {
  expect(extractIds(event({ message }))).toEqual([]);
});

test("any text gives at most eight ids, each of them in the text", () => {
  const part = fc.constantFrom(
    "request",
    "id",
    "=",
    ": ",
    '"',
    "trace_id=",
    UUID,
    HEX,
    "12345678",
    " ",
    "a1b2c3d4e5",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string()), { maxLength: 60 }), (parts) => {
      const message = parts.join("");
      const ids = extractIds(event({ message }));
      expect(ids.length).toBeLessThanOrEqual(8);
      for (const id of ids)
        expect(message.toLowerCase()).toContain(id.replace(/^[a-z]+ (?=\d)/, "").toLowerCase());
    }),
  );
});
