import type {
  JSONObject,
  JSONValue,
  LanguageModelV4CallOptions,
  LanguageModelV4Message,
  LanguageModelV4ToolResultOutput,
  SharedV4ProviderOptions,
} from "@ai-sdk/provider";
import { type JsonValue, sanitizeDeep } from "./deep.ts";
import { rewriteFile } from "./files.ts";
import { neutralize } from "./normalize.ts";
import { addCounts, type Counts, type Sanitizer } from "./sanitizer.ts";

type Part = Exclude<LanguageModelV4Message["content"], string>[number];
type Tools = NonNullable<LanguageModelV4CallOptions["tools"]>;

/** The parameters of a model call with every text in them sanitised, and what was replaced. */
export function sanitizeCall(
  params: LanguageModelV4CallOptions,
  sanitizer: Sanitizer,
): { params: LanguageModelV4CallOptions; counts: Counts } {
  const rewriter = rewriterOf(sanitizer);
  const { prompt, tools, responseFormat, providerOptions, stopSequences } = params;
  const sanitized: LanguageModelV4CallOptions = {
    ...params,
    prompt: prompt.map((message) => rewriteMessage(message, rewriter)),
    ...(tools === undefined ? {} : { tools: tools.map((tool) => rewriteTool(tool, rewriter)) }),
    ...(responseFormat === undefined ? {} : { responseFormat: rewriter.object(responseFormat) }),
    ...(stopSequences === undefined ? {} : { stopSequences: stopSequences.map(rewriter.text) }),
    ...rewriteOptions(providerOptions, rewriter),
  };
  return { params: sanitized, counts: rewriter.counts() };
}

interface Rewriter {
  readonly text: (text: string) => string;
  /** Any JSON; the same shape comes back, strings replaced. */
  readonly json: (value: JSONValue) => JSONValue;
  readonly object: <T extends object>(value: T) => T;
  readonly counts: () => Counts;
}

function rewriterOf(sanitizer: Sanitizer): Rewriter {
  let total: Counts = {};
  const json = (value: JSONValue): JSONValue => {
    const result = sanitizeDeep(value as JsonValue, sanitizer);
    total = addCounts(total, result.counts);
    return result.value as JSONValue;
  };
  return {
    text: (text) => {
      const result = sanitizer.sanitize(text);
      total = addCounts(total, result.counts);
      return result.text;
    },
    json,
    object: <T extends object>(value: T) => json(value as JSONValue) as T,
    counts: () => total,
  };
}

function rewriteMessage(message: LanguageModelV4Message, rewriter: Rewriter): LanguageModelV4Message {
  const options = rewriteOptions(message.providerOptions, rewriter);
  if (message.role === "system") return { ...message, content: rewriter.text(message.content), ...options };
  const content = message.content.map((part) => rewritePart(part, rewriter));
  return { ...message, content, ...options } as LanguageModelV4Message;
}

function rewritePart(part: Part, rewriter: Rewriter): Part {
  const options = rewriteOptions(part.providerOptions, rewriter);
  switch (part.type) {
    case "text":
      return { ...part, text: rewriter.text(part.text), ...options };
    case "reasoning":
      return rewriteReasoning(part, rewriter);
    case "tool-call":
      return { ...part, input: rewriteInput(part.input, rewriter), ...options };
    case "tool-result":
      return { ...part, output: rewriteOutput(part.output, rewriter), ...options };
    case "tool-approval-response":
      return {
        ...part,
        ...(part.reason === undefined ? {} : { reason: rewriter.text(part.reason) }),
        ...options,
      };
    case "file":
      return {
        ...part,
        ...(part.filename === undefined ? {} : { filename: rewriter.text(part.filename) }),
        data: rewriteFile(part.data, part.mediaType, rewriter.text),
        ...options,
      } as Part;
    case "reasoning-file":
      return { ...part, data: rewriteFile(part.data, part.mediaType, rewriter.text), ...options } as Part;
    case "custom":
      return { ...part, ...options };
  }
}

/** A provider refuses a thought that is not as it was sealed: a rewritten one goes without its seal, and is left out. */
function rewriteReasoning(part: Extract<Part, { type: "reasoning" }>, rewriter: Rewriter): Part {
  const text = rewriter.text(part.text);
  const { providerOptions, ...bare } = part;
  return text === part.text ? { ...part, ...rewriteOptions(providerOptions, rewriter) } : { ...bare, text };
}

/** A call's input is JSON; a model's broken call may be a bare string. */
function rewriteInput(input: unknown, rewriter: Rewriter): unknown {
  if (typeof input === "string") return rewriter.text(input);
  return input === undefined ? undefined : rewriter.json(JSON.parse(JSON.stringify(input)));
}

function rewriteOutput(
  output: LanguageModelV4ToolResultOutput,
  rewriter: Rewriter,
): LanguageModelV4ToolResultOutput {
  const options = output.type === "content" ? {} : rewriteOptions(output.providerOptions, rewriter);
  switch (output.type) {
    case "text":
    case "error-text":
      return { ...output, value: rewriter.text(neutralize(output.value)), ...options };
    case "json":
    case "error-json":
      return { ...output, value: rewriter.json(neutralizeDeep(output.value)), ...options };
    case "execution-denied":
      return {
        ...output,
        ...(output.reason === undefined ? {} : { reason: rewriter.text(output.reason) }),
        ...options,
      };
    case "content":
      return { ...output, value: output.value.map((item) => rewriteItem(item, rewriter)) };
  }
}

type Item = Extract<LanguageModelV4ToolResultOutput, { type: "content" }>["value"][number];

function rewriteItem(item: Item, rewriter: Rewriter): Item {
  const options = rewriteOptions(item.providerOptions, rewriter);
  const rewrite = (text: string) => rewriter.text(neutralize(text));
  if (item.type === "text") return { ...item, text: rewrite(item.text), ...options };
  if (item.type === "custom") return { ...item, ...options };
  const filename = item.filename === undefined ? {} : { filename: rewrite(item.filename) };
  return { ...item, ...filename, data: rewriteFile(item.data, item.mediaType, rewrite), ...options } as Item;
}

function neutralizeDeep(value: JSONValue): JSONValue {
  if (typeof value === "string") return neutralize(value);
  if (Array.isArray(value)) return value.map(neutralizeDeep);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      neutralize(key),
      member === undefined ? null : neutralizeDeep(member),
    ]),
  );
}

function rewriteTool(tool: Tools[number], rewriter: Rewriter): Tools[number] {
  if (tool.type === "provider") return { ...tool, args: rewriter.object(tool.args) };
  return {
    ...tool,
    ...(tool.description === undefined ? {} : { description: rewriter.text(tool.description) }),
    inputSchema: rewriter.object(tool.inputSchema),
    ...(tool.inputExamples === undefined
      ? {}
      : { inputExamples: tool.inputExamples.map((example) => ({ input: rewriter.object(example.input) })) }),
    ...rewriteOptions(tool.providerOptions, rewriter),
  };
}

/** Blobs that the provider made itself, wants back unchanged, and alone can read. */
const OPAQUE = new Set([
  "signature",
  "redactedData",
  "thoughtSignature",
  "reasoningEncryptedContent",
  "encryptedContent",
]);

function rewriteOptions(
  options: SharedV4ProviderOptions | undefined,
  rewriter: Rewriter,
): { providerOptions?: SharedV4ProviderOptions } {
  if (options === undefined) return {};
  const rewritten = Object.entries(options).map(([provider, values]): [string, JSONObject] => {
    const kept = Object.entries(values).filter(([name, value]) => OPAQUE.has(name) && isOpaque(value));
    const rest = Object.entries(values).filter(([name, value]) => !(OPAQUE.has(name) && isOpaque(value)));
    return [provider, { ...rewriter.object(Object.fromEntries(rest)), ...Object.fromEntries(kept) }];
  });
  return { providerOptions: Object.fromEntries(rewritten) };
}

/** Base64 and nothing else: a blob cannot hold readable text. */
export function isOpaque(value: unknown): boolean {
  return typeof value === "string" && /^[A-Za-z0-9+/_=-]*$/.test(value);
}
