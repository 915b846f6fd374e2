/** An object of a JSON file, its keys as they are there. */
export type JsonObject = Readonly<Record<string, unknown>>;
