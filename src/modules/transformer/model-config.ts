import { z } from 'zod';
import { describe } from '../../describe.js';
import { ModelFileError } from '../../errors.js';
import { type ActivationName, ACTIVATIONS } from '../layers/activations.js';

/** A field of a transformer's config.json; `expects` completes the error message. */
const field = <T>(accepts: (value: unknown) => boolean, expects: string): z.ZodType<T> =>
  z.custom<T>(accepts, { error: expects });

export const count = field<number>(
  (value) => Number.isSafeInteger(value) && Number(value) > 0,
  'a whole number above 0',
);

/**
 * Several times the depth of the deepest encoder. Without a limit, a number in a file could fill the memory with names
 * of layers.
 */
const MOST_LAYERS = 1024;

export const layerCount = field<number>(
  (value) => Number.isSafeInteger(value) && Number(value) > 0 && Number(value) <= MOST_LAYERS,
  `a whole number from 1 to ${MOST_LAYERS}`,
);

/** Number of token types, which is 0 for some models. */
export const typeCount = field<number>(
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  'a whole number from 0 on',
);

/**
 * Many times the longest context of an encoder. Some tables of positions are computed, so no file limits their size.
 */
const MOST_POSITIONS = 2 ** 20;

export const positionCount = field<number>(
  (value) => Number.isSafeInteger(value) && Number(value) > 0 && Number(value) <= MOST_POSITIONS,
  `a whole number from 1 to ${MOST_POSITIONS}`,
);

export const positive = field<number>(
  (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
  'a number above 0',
);

export const rate = field<number>(
  (value) => typeof value === 'number' && value >= 0 && value < 1,
  'a number from 0 up to, not including, 1',
);

export const flag = field<boolean>((value) => typeof value === 'boolean', 'true or false');

export const tokenId = field<number>(
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  'a whole number from 0 on',
);

export const activationName = field<ActivationName>(
  (value) => typeof value === 'string' && Object.hasOwn(ACTIVATIONS, value),
  `one of ${Object.keys(ACTIVATIONS).join(', ')}`,
);

/** An option that changes what the model computes. Only its usual value is supported. */
export const only = (usual: string | boolean | null): z.ZodOptional<z.ZodType> =>
  field(
    (value) => value === usual || value === null,
    `${describe(usual)}, as nothing else is supported`,
  ).optional();

/** @throws ModelFileError that names the key, its value and the expected values */
export function readModelConfig<T>(schema: z.ZodType<T>, json: unknown): T {
  const { success, data, error } = schema.safeParse(json);
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => {
    const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], json);
    return `${path.join('.')} is ${describe(value)}; expected ${message}`;
  });
  throw new ModelFileError(`config.json: ${problems.join('. ')}`);
}

/** @throws ModelFileError if the width is not divisible by the heads, or padding is not a token */
export function requireConsistent({ width, heads, padding, vocabularySize }: Sizes): void {
  if (width % heads !== 0) {
    throw new ModelFileError(
      `config.json: a width of ${width} is not a multiple of its ${heads} attention heads`,
    );
  }
  if (padding !== undefined && padding >= vocabularySize) {
    throw new ModelFileError(
      `config.json: pad_token_id is ${padding}; expected a token of the vocabulary of ${vocabularySize}`,
    );
  }
}

interface Sizes {
  readonly width: number;
  readonly heads: number;
  readonly padding: number | undefined;
  readonly vocabularySize: number;
}
