/** What a tool gives to a model: plain JSON, so that log text inside it can never be mistaken for structure. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** A value that came from outside as plain JSON; what JSON cannot hold is dropped, what is no object is wrapped. */
export function toJson(value: unknown): JsonObject {
  const parsed: unknown = value === undefined ? {} : JSON.parse(JSON.stringify(value));
  return isObject(parsed) ? parsed : { value: isJson(parsed) ? parsed : null };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isJson(value: unknown): value is JsonValue {
  return value === null || ["boolean", "number", "string"].includes(typeof value) || Array.isArray(value);
}
