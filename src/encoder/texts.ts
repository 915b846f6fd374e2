import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import type { TokenizerInput } from '../tokenizer/tokenizer.js';

/** One text (or pair of texts), or several. */
export type Texts = TokenizerInput | readonly TokenizerInput[];

/**
 * A copy of the list of texts, so that the caller may change the list while they are encoded.
 *
 * @throws InputError that names the first item that is neither a string nor a pair of strings
 */
export function takeTexts(texts: Texts): readonly TokenizerInput[] {
  if (typeof texts === 'string') return [texts];
  if (!Array.isArray(texts)) {
    throw new InputError(
      `texts is ${describe(texts)}; expected a string, or an array of strings and pairs of strings`,
    );
  }
  // Through an iterator, since a hole in an array is not a text either.
  return Array.from(texts as readonly TokenizerInput[], takeText);
}

/**
 * The texts of an input of many, as they arrive.
 *
 * @throws InputError for a single text, whose characters would count as texts, and for an input that is not iterable
 * @throws InputError for the first item that is neither a string nor a pair of strings, after all earlier texts
 */
export function takeStream(
  texts: Iterable<TokenizerInput> | AsyncIterable<TokenizerInput>,
): AsyncGenerator<TokenizerInput> {
  const isIterable =
    typeof texts === 'object' &&
    texts !== null &&
    (Symbol.asyncIterator in texts || Symbol.iterator in texts);
  if (!isIterable) {
    throw new InputError(
      `texts is ${describe(texts)}; expected an iterable of texts, such as an array or a generator`,
    );
  }
  return takeEach(texts);
}

async function* takeEach(
  texts: Iterable<TokenizerInput> | AsyncIterable<TokenizerInput>,
): AsyncGenerator<TokenizerInput> {
  let index = 0;
  for await (const text of texts) yield takeText(text, index++);
}

function takeText(text: unknown, index: number): TokenizerInput {
  if (typeof text === 'string') return text;
  if (Array.isArray(text) && text.length === 2) {
    const [first, second] = text as readonly unknown[];
    if (typeof first === 'string' && typeof second === 'string') return [first, second];
  }
  throw new InputError(`texts[${index}] is ${describe(text)}; expected a string or a pair of strings`);
}
