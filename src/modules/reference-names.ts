/** Converts between the reference's snake_case names in files and the camelCase names here. */

/** `sentence_embedding_encoded_4k` -> `sentenceEmbeddingEncoded4k`: a feature's name in a file becomes its key here. */
export function camelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `sentenceEmbeddingEncoded4k` -> `sentence_embedding_encoded_4k` */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]|\d+/g, (part) => `_${part.toLowerCase()}`);
}
