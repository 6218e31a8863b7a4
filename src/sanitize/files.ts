import { Failure } from "../failure.ts";

const TEXT_TYPES =
  /^(?:text(?:\/[\w.+-]+)?|application\/(?:json|x-ndjson|ndjson|jsonl|xml|yaml|x-yaml|toml|javascript|x-sh|sql|[\w.-]+\+(?:json|xml|yaml)))(?:\s*;.*)?$/i;

type FileData =
  | { readonly type: "data"; readonly data: Uint8Array | string }
  | { readonly type: "url"; readonly url: URL }
  | { readonly type: "reference" }
  | { readonly type: "text"; readonly text: string };

/** Rewrites the text of an attached file in the form that it has; whatever is no text is refused. */
export function rewriteFile<Data extends FileData>(
  data: Data,
  mediaType: string,
  rewrite: (text: string) => string,
): Data | (FileData & { type: Data["type"] }) {
  if (data.type === "text") return { ...data, text: rewrite(data.text) };
  if (data.type === "reference") throw refusal("is stored at the provider, where it cannot be looked at");
  if (data.type === "url") return { ...data, url: rewriteDataUrl(data.url, rewrite) };
  if (!TEXT_TYPES.test(mediaType)) throw refusal(`has the type '${mediaType}'`);
  if (typeof data.data === "string") return { ...data, data: rewriteBase64(data.data, rewrite) };
  return { ...data, data: new TextEncoder().encode(rewrite(decodeUtf8(data.data))) };
}

function rewriteDataUrl(url: URL, rewrite: (text: string) => string): URL {
  const match = /^data:([^,;]*)((?:;[^,;]*)*),/.exec(url.href);
  if (match === null) throw refusal(`is a link (${url.protocol}), which the model would open itself`);
  const [head, mediaType = "", parameters = ""] = match;
  if (!TEXT_TYPES.test(mediaType || "text/plain")) throw refusal(`has the type '${mediaType}'`);
  const body = url.href.slice(head.length);
  if (/;base64$/i.test(parameters)) return new URL(head + rewriteBase64(decodeURIComponent(body), rewrite));
  return new URL(head + encodeURIComponent(rewrite(decodeURIComponent(body))));
}

function rewriteBase64(data: string, rewrite: (text: string) => string): string {
  return Buffer.from(rewrite(decodeUtf8(Buffer.from(data, "base64")))).toString("base64");
}

/** Strict: bytes that are not UTF-8 cannot be looked at. */
function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refusal("is not UTF-8 text", cause);
  }
}

function refusal(reason: string, cause?: unknown): Failure {
  return new Failure("egress-blocked", `An attached file ${reason}; nothing was sent.`, {
    hint: "Only text and JSON files can be sanitised and sent.",
    cause,
  });
}
