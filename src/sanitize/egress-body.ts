import { inspectDeep, type JsonValue } from "./deep.ts";
import { isOpaque } from "./prompt.ts";
import { addCounts, type Counts, type Sanitizer } from "./sanitizer.ts";

/** What the sanitiser still finds in a request's body: in its JSON, or in the text where it is none. */
export function inspectBody(body: string, sanitizer: Sanitizer): Counts {
  const json = parseJson(body);
  if (json === undefined) return sanitizer.sanitize(body).counts;
  const readable = withoutOpaque(json);
  return addCounts(inspectDeep(readable, sanitizer), inspectEncoded(readable, sanitizer));
}

function parseJson(body: string): JsonValue | undefined {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** The provider's own sealed blobs, by the type of the block that they stand in. */
function withoutOpaque(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutOpaque);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(
    ([key, member]) => !(isSealed(value, key) && isOpaque(member)),
  );
  return Object.fromEntries(
    members.map(([key, member]) => [key, member === undefined ? null : withoutOpaque(member)]),
  );
}

function isSealed(block: object, key: string): boolean {
  const type = "type" in block ? block.type : undefined;
  if (type === "thinking") return key === "signature";
  if (type === "redacted_thinking") return key === "data";
  if (type === "reasoning") return key === "encrypted_content";
  return false;
}

const WHOLE_BASE64 = /^(?:data:[^,]{0,200};base64,)?([A-Za-z0-9+/_-]{16,}={0,2})$/;

/** Strings that are base64 from end to end (attached files) are looked into. */
function inspectEncoded(value: JsonValue | undefined, sanitizer: Sanitizer): Counts {
  if (typeof value === "string") {
    const encoded = WHOLE_BASE64.exec(value)?.[1];
    return encoded === undefined
      ? {}
      : sanitizer.sanitize(Buffer.from(encoded, "base64").toString("utf8")).counts;
  }
  if (typeof value !== "object" || value === null) return {};
  let counts: Counts = {};
  for (const member of Object.values(value)) counts = addCounts(counts, inspectEncoded(member, sanitizer));
  return counts;
}
