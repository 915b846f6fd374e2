import { isDeepStrictEqual } from 'node:util';
import type { Embedding } from './browser/encoder/embedding.js';
import type { Outcome } from './consumer.js';
import type { Expected } from './expected.js';

export interface Comparison {
  /** Texts of which the consumer made other token ids; nothing else is told about them. */
  readonly otherTokens: number;
  /** Largest difference of a weight; one that only one side has counts whole. */
  readonly worstError: number;
  /** Weights that only one side has. */
  readonly supportDifferences: number;
  readonly weights: number;
}

/** @throws Error where there is not one embedding for each text */
export function compareOutcome({ embeddings, ids }: Outcome, expected: Expected): Comparison {
  const texts = expected.embeddings.length;
  if (embeddings.length !== texts) throw new Error(`${embeddings.length} embeddings for ${texts} texts`);
  const same = embeddings.flatMap((actual, text) => {
    const isSame = ids === undefined || isDeepStrictEqual(ids[text], expected.ids[text]);
    return isSame ? [differences(actual, expected.embeddings[text] as Embedding)] : [];
  });
  return {
    otherTokens: texts - same.length,
    worstError: same.reduce((worst, { worstError }) => Math.max(worst, worstError), 0),
    supportDifferences: same.reduce((sum, { supportDifferences }) => sum + supportDifferences, 0),
    weights: same.reduce((sum, { weights }) => sum + weights, 0),
  };
}

function differences(actual: Embedding, expected: Embedding): Omit<Comparison, 'otherTokens'> {
  const left = new Map(
    expected.indices.map((index, position) => [index, expected.values[position] as number]),
  );
  let worstError = 0;
  let supportDifferences = 0;
  for (const [position, index] of actual.indices.entries()) {
    const value = left.get(index);
    if (value === undefined) supportDifferences++;
    worstError = Math.max(worstError, Math.abs((actual.values[position] as number) - (value ?? 0)));
    left.delete(index);
  }
  for (const value of left.values()) worstError = Math.max(worstError, Math.abs(value));
  return {
    worstError,
    supportDifferences: supportDifferences + left.size,
    weights: expected.indices.length,
  };
}
