/** What a tool gives to a model: plain JSON, so that log text inside it can never be mistaken for structure. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}
