import { z } from 'zod';
import { ReadableError } from '../src/errors.js';
import type { WireTensor } from '../src/python/exchange.js';
import type { CaseColumn, CaseOutcome, ParityCase } from './case.js';
import type { ReferenceLegs } from './compare.js';

/** A case with the reference's results: enough to judge an implementation without Python. */
export interface JudgedCase {
  readonly case: ParityCase;
  readonly legs: ReferenceLegs;
}

export const CASE_SCHEMA_VERSION = 2;

/** The file is not a case, or has another version. */
export class CaseFileError extends ReadableError {
  override readonly kind = 'input';
  override readonly name = 'CaseFileError';
}

const ARRAYS = { float32: Float32Array, float64: Float64Array, int32: Int32Array, bool: Uint8Array } as const;

/** Arrays are base64 of raw little-endian bytes: JSON numbers would lose NaN, infinities and the sign of zero. */
const tensorSchema = z.strictObject({
  dtype: z.enum(['float32', 'float64', 'int32', 'bool']),
  shape: z.array(z.int().nonnegative()),
  base64: z.base64(),
});

const numberTag = z.strictObject({ number: z.string() });
const optionSchema = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string()), numberTag]);

const outcomeSchema = z.strictObject({
  error: z.strictObject({ type: z.string(), message: z.string() }).optional(),
  componentNames: z.array(z.string()),
  tensors: z.record(z.string(), tensorSchema),
});

const caseSchema = z.strictObject({
  loss: z.string(),
  wrapper: z.enum(['none', 'SpladeLoss', 'CachedSpladeLoss', 'CSRLoss']),
  format: z.string(),
  stratum: z.string(),
  lossOptions: z.record(z.string(), optionSchema),
  wrapperOptions: z.record(z.string(), optionSchema),
  columns: z.array(z.record(z.string(), tensorSchema.nullable())),
  labels: tensorSchema.nullable(),
});

const judgedSchema = z.strictObject({
  schemaVersion: z.literal(CASE_SCHEMA_VERSION),
  case: caseSchema,
  legs: z.strictObject({
    float32: outcomeSchema,
    truth: outcomeSchema,
    errors: z.record(z.string(), z.number().nullable()),
    conditioning: z.strictObject({ inputScale: z.number(), labelScale: z.number(), condition: z.number() }),
  }),
});

type StoredTensor = z.infer<typeof tensorSchema>;
type StoredOutcome = z.infer<typeof outcomeSchema>;

/** A judged case as a JSON value. */
export function storeCase(judged: JudgedCase): z.infer<typeof judgedSchema> {
  const { columns, labels, ...rest } = judged.case;
  return {
    schemaVersion: CASE_SCHEMA_VERSION,
    case: {
      ...rest,
      lossOptions: { ...rest.lossOptions } as z.infer<typeof caseSchema>['lossOptions'],
      wrapperOptions: { ...rest.wrapperOptions } as z.infer<typeof caseSchema>['wrapperOptions'],
      columns: columns.map((column) =>
        mapValues(column, (tensor) => (tensor === null ? null : storeTensor(tensor))),
      ),
      labels: labels === null ? null : storeTensor(labels),
    },
    legs: {
      float32: storeOutcome(judged.legs.float32),
      truth: storeOutcome(judged.legs.truth),
      errors: Object.fromEntries(judged.legs.errors),
      conditioning: judged.legs.conditioning,
    },
  };
}

/** Reads what `storeCase` wrote. Throws a CaseFileError that names the position of a fault. */
export function loadCase(value: unknown, source: string): JudgedCase {
  const parsed = judgedSchema.safeParse(value);
  if (!parsed.success) {
    throw new CaseFileError(`${source} is not a parity case:\n${z.prettifyError(parsed.error)}`);
  }
  const { case: stored, legs } = parsed.data;
  const columns: CaseColumn[] = stored.columns.map((column) =>
    mapValues(column, (tensor) => (tensor === null ? null : loadTensor(tensor, source))),
  );
  const labels = stored.labels === null ? null : loadTensor(stored.labels, source);
  return {
    case: { ...stored, columns, labels },
    legs: {
      float32: loadOutcome(legs.float32, source),
      truth: loadOutcome(legs.truth, source),
      errors: new Map(Object.entries(legs.errors).map(([name, error]) => [name, error ?? Infinity])),
      conditioning: legs.conditioning,
    },
  };
}

function storeTensor({ dtype, shape, data }: WireTensor): StoredTensor {
  if (dtype === 'int64') throw new CaseFileError('a case holds no int64 tensors');
  return {
    dtype,
    shape,
    base64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
  };
}

function loadTensor({ dtype, shape, base64 }: StoredTensor, source: string): WireTensor {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  const ArrayType = ARRAYS[dtype];
  const length = shape.reduce((a, b) => a * b, 1);
  if (bytes.length !== length * ArrayType.BYTES_PER_ELEMENT) {
    throw new CaseFileError(
      `${source}: a ${dtype} tensor of shape [${shape.join(', ')}] has ${bytes.length} bytes; ` +
        `expected ${length * ArrayType.BYTES_PER_ELEMENT}`,
    );
  }
  return { dtype, shape, data: new ArrayType(bytes.buffer) };
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

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
