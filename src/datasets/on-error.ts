/** What to do with a row that cannot be trained on. */
export const ON_ERROR = ['stop', 'skip'] as const;
export type OnError = (typeof ON_ERROR)[number];
