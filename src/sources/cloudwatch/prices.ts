/**
 * Dollars that Logs Insights asks for a GB (1e9 bytes) that a query scans, by region. Of the Price List
 * (offer AmazonCloudWatch, usage DataScanned-Bytes) as of August and September 2026: us-east-1, eu-west-1, eu-central-1,
 * eu-west-2; of published guides to the two Asian regions of 2025 and 2026: ap-northeast-1, ap-northeast-2. The first
 * 5 GB of a month are free and not taken off here.
 */
const DOLLARS_PER_GB: Readonly<Record<string, number>> = {
  "us-east-1": 0.005,
  "eu-west-1": 0.0057,
  "eu-west-2": 0.0059,
  "eu-central-1": 0.0063,
  "ap-northeast-1": 0.0076,
  "ap-northeast-2": 0.0076,
};

/** What is reckoned with where the price is not known: a third above the dearest that is. */
const BOUND = 0.01;
const GB = 1e9;

export interface ScanPrice {
  /** Of a GB; undefined where not even a bound can be told. */
  readonly dollars: number | undefined;
  /** In a few words, where it is not the region's own price. */
  readonly remark: string | undefined;
}

/** The price in a region: its own, or a bound that says so; China is billed in another currency. */
export function scanPriceOf(region: string): ScanPrice {
  const dollars = Object.hasOwn(DOLLARS_PER_GB, region) ? DOLLARS_PER_GB[region] : undefined;
  if (dollars !== undefined) return { dollars, remark: undefined };
  if (region.startsWith("cn-")) return { dollars: undefined, remark: `price in ${region} not known` };
  return { dollars: BOUND, remark: `price in ${region} not known, $${BOUND} a GB taken as a bound` };
}

/** Dollars for the bytes that a query scans; undefined where the region's price is not known at all. */
export function costOfScan(bytes: number, region: string): number | undefined {
  const { dollars } = scanPriceOf(region);
  return dollars === undefined ? undefined : (bytes / GB) * dollars;
}
