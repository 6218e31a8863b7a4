import type { Row, Value } from "./cloudwatch-values.ts";

/**
 * What `pattern` makes of texts, in a simple form: words with digits are `<*>`, texts that then are alike are one pattern. Its
 * columns are those of docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Pattern.html.
 */
export function findPatterns(texts: readonly string[]): {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
} {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const pattern = text.replace(/[\w-]*\d[\w-]*/g, "<*>");
    counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  }
  const rows = [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([pattern, count]): Row => {
      const fields: Readonly<Record<string, Value>> = {
        "@pattern": pattern,
        "@ratio": count / texts.length,
        "@sampleCount": count,
        "@severityLabel": severityOf(pattern),
      };
      return { get: (field) => fields[field] };
    });
  return { columns: ["@pattern", "@ratio", "@sampleCount", "@severityLabel"], rows };
}

function severityOf(pattern: string): string | undefined {
  const [word] = /ERROR|WARN|INFO|DEBUG/i.exec(pattern) ?? [];
  return word && { error: "Error", warn: "Warning", info: "Info", debug: "Debug" }[word.toLowerCase()];
}
