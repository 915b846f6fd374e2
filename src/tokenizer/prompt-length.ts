import type { Tokenizer } from './tokenizer.js';

/**
 * Number of tokens that a prompt puts before each text, the special tokens at its start included: the prompt is encoded
 * like a text, and a special token at its end, which the text moves on, is not counted.
 *
 * A text's tokens need not start with exactly these: a tokenizer may draw the prompt's last word and the text's first
 * together.
 */
export async function promptLength(tokenizer: Tokenizer, prompt: string, maxLength: number): Promise<number> {
  const [encoded] = await tokenizer.encodeBatch([prompt], { maxLength, addSpecialTokens: true });
  const ids = encoded?.ids ?? [];
  const last = ids.at(-1);
  return last !== undefined && tokenizer.specialIds.has(last) ? ids.length - 1 : ids.length;
}
