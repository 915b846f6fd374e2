/** An object of a JSON file, with its keys unchanged. */
export type JsonObject = Readonly<Record<string, unknown>>;
