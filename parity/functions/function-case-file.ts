import { z } from 'zod';
import { packageVersion } from '../../src/version.js';
import {
  CaseFileError,
  legsSchema,
  loadLegs,
  loadTensor,
  storeLegs,
  storeTensor,
  tensorSchema,
} from '../stored-legs.js';
import type { FunctionFailure } from './judge-target.js';
import type { JudgedFunctionCase, ReferenceTarget } from './reference-side.js';
import type { CaseValue } from './values.js';

/** A failing case as a file: everything that both languages need to run it again, without the generator. */
export interface StoredFunctionCase {
  readonly path: string;
  readonly seed: number;
  /** The configuration that names our side, from the folder of the file. */
  readonly config: string;
  readonly reference: ReferenceTarget;
  readonly judged: JudgedFunctionCase;
  readonly message: string;
  readonly versions: Readonly<Record<string, string>>;
}

export const FUNCTION_CASE_VERSION = 1;

type StoredValue =
  z.infer<typeof tensorSchema> extends infer Tensor
    ?
        | { kind: 'tensor'; tensor: Tensor }
        | { kind: 'number'; value: number | string; integer: boolean }
        | { kind: 'plain'; value: string | boolean | null }
        | { kind: 'list'; items: StoredValue[] }
        | { kind: 'record'; fields: Record<string, StoredValue> }
    : never;

const valueSchema: z.ZodType<StoredValue> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('tensor'), tensor: tensorSchema }),
  // JSON has neither NaN nor infinities nor -0: such a number is a text.
  z.strictObject({
    kind: z.literal('number'),
    value: z.union([z.number(), z.string()]),
    integer: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('plain'), value: z.union([z.string(), z.boolean(), z.null()]) }),
  z.strictObject({
    kind: z.literal('list'),
    get items() {
      return z.array(valueSchema);
    },
  }),
  z.strictObject({
    kind: z.literal('record'),
    get fields() {
      return z.record(z.string(), valueSchema);
    },
  }),
]);

const named = z.record(z.string(), tensorSchema);
const plain = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const fileSchema = z.strictObject({
  schemaVersion: z.literal(FUNCTION_CASE_VERSION),
  kind: z.literal('function-case'),
  path: z.string(),
  seed: z.int(),
  config: z.string(),
  message: z.string(),
  versions: z.record(z.string(), z.string()),
  reference: z.strictObject({
    reference: z.strictObject({
      call: z.string(),
      positional: z.array(z.string()).optional(),
      rename: z.record(z.string(), z.string()).optional(),
      fixed: z.record(z.string(), plain).optional(),
      construct: z.record(z.string(), plain).optional(),
      truth: z.union([z.string(), z.strictObject({ mpmath: z.string() })]).optional(),
    }),
    inputs: z.array(z.string()),
    gradients: z.array(z.string()),
    weights: named,
  }),
  case: z.strictObject({
    target: z.string(),
    stratum: z.string(),
    inputs: z.record(z.string(), valueSchema),
  }),
  legs: legsSchema,
  cotangents: z.array(named),
  layers: z.array(z.string()),
});

/** A failing case as a JSON value. */
export function storeFunctionCase(
  failure: FunctionFailure,
  given: Pick<StoredFunctionCase, 'seed' | 'config' | 'reference' | 'versions'>,
): z.infer<typeof fileSchema> {
  const { path, judged, mismatch } = failure;
  const { reference, inputs, gradients, weights = new Map() } = given.reference;
  return {
    schemaVersion: FUNCTION_CASE_VERSION,
    kind: 'function-case',
    path,
    seed: given.seed,
    config: given.config,
    message: mismatch.message,
    versions: { ...given.versions, 'sparse-encoder': packageVersion() },
    reference: {
      reference: reference as z.infer<typeof fileSchema>['reference']['reference'],
      inputs: [...inputs],
      gradients: [...gradients],
      weights: storeNamed(weights),
    },
    case: {
      ...judged.case,
      inputs: Object.fromEntries(
        Object.entries(judged.case.inputs).map(([name, value]) => [name, storeValue(value)]),
      ),
    },
    legs: storeLegs(judged.legs),
    cotangents: judged.cotangents.map(storeNamed),
    layers: [...judged.layers],
  };
}

/**
 * Reads what `storeFunctionCase` wrote.
 *
 * @throws CaseFileError that names the file and the position of a fault
 */
export function loadFunctionCase(value: unknown, source: string): StoredFunctionCase {
  const { schemaVersion } = (value ?? {}) as { schemaVersion?: unknown };
  if (typeof schemaVersion === 'number' && schemaVersion !== FUNCTION_CASE_VERSION) {
    throw new CaseFileError(
      `${source} is a case of version ${schemaVersion}; this package reads version ${FUNCTION_CASE_VERSION}. Run the comparison again to have it written anew.`,
    );
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) {
    throw new CaseFileError(`${source} is not a case of a function:\n${z.prettifyError(parsed.error)}`);
  }
  const { case: one, legs, cotangents, layers, reference, ...rest } = parsed.data;
  const load = (tensors: z.infer<typeof named>): Map<string, ReturnType<typeof loadTensor>> =>
    new Map(Object.entries(tensors).map(([name, tensor]) => [name, loadTensor(tensor, source)]));
  return {
    path: rest.path,
    seed: rest.seed,
    config: rest.config,
    message: rest.message,
    versions: rest.versions,
    reference: { ...reference, weights: load(reference.weights) } as ReferenceTarget,
    judged: {
      case: {
        ...one,
        inputs: Object.fromEntries(
          Object.entries(one.inputs).map(([name, stored]) => [name, loadValue(stored, source)]),
        ),
      },
      legs: loadLegs(legs, source),
      cotangents: cotangents.map(load),
      layers,
    },
  };
}

const storeNamed = (tensors: ReadonlyMap<string, Parameters<typeof storeTensor>[0]>): z.infer<typeof named> =>
  Object.fromEntries([...tensors].map(([name, tensor]) => [name, storeTensor(tensor)]));

function storeValue(value: CaseValue): StoredValue {
  switch (value.kind) {
    case 'tensor':
      return { kind: 'tensor', tensor: storeTensor(value.tensor) };
    case 'number': {
      const { value: x, integer } = value;
      return {
        kind: 'number',
        value: Number.isFinite(x) && !Object.is(x, -0) ? x : Object.is(x, -0) ? '-0' : String(x),
        integer,
      };
    }
    case 'plain':
      return value;
    case 'list':
      return { kind: 'list', items: value.items.map(storeValue) };
    case 'record': {
      const fields = Object.entries(value.fields).map(([key, field]) => [key, storeValue(field)] as const);
      return { kind: 'record', fields: Object.fromEntries(fields) };
    }
  }
}

function loadValue(stored: StoredValue, source: string): CaseValue {
  switch (stored.kind) {
    case 'tensor':
      return { kind: 'tensor', tensor: loadTensor(stored.tensor, source) };
    case 'number':
      return { ...stored, value: Number(stored.value) };
    case 'plain':
      return stored;
    case 'list':
      return { kind: 'list', items: stored.items.map((item) => loadValue(item, source)) };
    case 'record': {
      const fields = Object.entries(stored.fields).map(
        ([key, field]) => [key, loadValue(field, source)] as const,
      );
      return { kind: 'record', fields: Object.fromEntries(fields) };
    }
  }
}
