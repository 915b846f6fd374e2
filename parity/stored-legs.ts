import { z } from 'zod';
import { ReadableError } from '../src/errors.js';
import { tensorFromBytes, type WireTensor } from '../src/python/exchange.js';
import type { CaseOutcome } from './case.js';
import type { ReferenceLegs } from './compare.js';

/** The file is not a case, or has another version. */
export class CaseFileError extends ReadableError {
  override readonly kind = 'input';
  override readonly name = 'CaseFileError';
}

/** Arrays are base64 of raw little-endian bytes: JSON numbers would lose NaN, infinities and the sign of zero. */
export const tensorSchema = z.strictObject({
  dtype: z.enum(['float32', 'float64', 'int32', 'int64', 'bool']),
  shape: z.array(z.int().nonnegative()),
  base64: z.base64(),
});

const outcomeSchema = z.strictObject({
  error: z.strictObject({ type: z.string(), message: z.string() }).optional(),
  componentNames: z.array(z.string()),
  tensors: z.record(z.string(), tensorSchema),
});

/** What the reference gave for a case, as JSON. */
export const legsSchema = z.strictObject({
  float32: outcomeSchema,
  truth: outcomeSchema,
  errors: z.record(z.string(), z.number().nullable()),
  conditioning: z.strictObject({ inputScale: z.number(), labelScale: z.number(), condition: z.number() }),
});

type StoredTensor = z.infer<typeof tensorSchema>;
type StoredOutcome = z.infer<typeof outcomeSchema>;
type StoredLegs = z.infer<typeof legsSchema>;

export function storeLegs({ float32, truth, errors, conditioning }: ReferenceLegs): StoredLegs {
  return {
    float32: storeOutcome(float32),
    truth: storeOutcome(truth),
    errors: Object.fromEntries(errors),
    conditioning,
  };
}

/** @throws CaseFileError that names the file if a tensor does not fit its shape */
export function loadLegs(
  { float32, truth, errors, conditioning }: StoredLegs,
  source: string,
): ReferenceLegs {
  return {
    float32: loadOutcome(float32, source),
    truth: loadOutcome(truth, source),
    errors: new Map(Object.entries(errors).map(([name, error]) => [name, error ?? Infinity])),
    conditioning,
  };
}

export function storeTensor({ dtype, shape, data }: WireTensor): StoredTensor {
  return {
    dtype,
    shape,
    base64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
  };
}

export function loadTensor({ dtype, shape, base64 }: StoredTensor, source: string): WireTensor {
  try {
    return tensorFromBytes(dtype, shape, Buffer.from(base64, 'base64'));
  } catch (cause) {
    throw new CaseFileError(`${source}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

function storeOutcome({ error, componentNames, tensors }: CaseOutcome): StoredOutcome {
  return {
    ...(error === undefined ? {} : { error }),
    componentNames: [...componentNames],
    tensors: Object.fromEntries([...tensors].map(([name, tensor]) => [name, storeTensor(tensor)])),
  };
}

function loadOutcome({ error, componentNames, tensors }: StoredOutcome, source: string): CaseOutcome {
  return {
    ...(error === undefined ? {} : { error }),
    componentNames,
    tensors: new Map(Object.entries(tensors).map(([name, tensor]) => [name, loadTensor(tensor, source)])),
  };
}
