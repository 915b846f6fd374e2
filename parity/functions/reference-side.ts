import { UsageError } from '../../src/errors.js';
import type { Reference } from '../../src/python/bridge.js';
import type { JsonValue, WireTensor } from '../../src/python/exchange.js';
import type { CaseOutcome } from '../case.js';
import type { ReferenceLegs } from '../compare.js';
import { largestFinite } from '../conditioning.js';
import type { ReferenceSpec } from './define.js';
import { type CaseValue, type FunctionCase, tensorsOf } from './values.js';

/** Directions in which outputs are differentiated: for each, a tensor of the shape of every differentiable output. */
export type Cotangents = readonly ReadonlyMap<string, WireTensor>[];

/** What the reference says of a case. */
export interface JudgedFunctionCase {
  readonly case: FunctionCase;
  readonly legs: ReferenceLegs;
  readonly cotangents: Cotangents;
  /** Names of intermediate results, in the order in which the reference computes them. */
  readonly layers: readonly string[];
}

/** What Python has to know of a target. */
export interface ReferenceTarget {
  readonly reference: ReferenceSpec;
  readonly inputs: readonly string[];
  readonly gradients: readonly string[];
  /** Weights of a module, by the names of the reference. */
  readonly weights?: ReadonlyMap<string, WireTensor>;
  /** Layers of a module whose results are compared. */
  readonly layers?: readonly string[];
}

export type Calls = Pick<Reference, 'call'>;

interface CaseReply {
  readonly error?: { readonly type: string; readonly message: string };
  /** The reference fails in one precision only. */
  readonly only?: string;
  readonly errors?: readonly string[];
  readonly plain?: Readonly<Record<string, string | null>>;
  readonly layers?: readonly string[];
}

/** Lets Python find the modules of these folders. */
export async function addPythonPaths(reference: Calls, paths: readonly string[]): Promise<void> {
  await reference.call('functions.add_paths', { meta: { paths: [...paths] }, tensors: {} });
}

/**
 * Whether the reference can be imported and takes the inputs of a target.
 *
 * @throws UsageError that says what is wrong
 */
export async function inspectReference(reference: Calls, target: ReferenceTarget): Promise<void> {
  const { meta } = await reference.call('functions.inspect_target', { meta: metaOf(target), tensors: {} });
  const { problem } = meta as { problem?: string };
  if (problem !== undefined) throw new UsageError(problem);
}

/** The reference's results for some cases of a target, on every leg (reference/functions.py). */
export async function judgeCases(
  reference: Calls,
  target: ReferenceTarget,
  cases: readonly FunctionCase[],
  { sharp, deadlineMs }: { readonly sharp: boolean; readonly deadlineMs?: number },
): Promise<JudgedFunctionCase[]> {
  const reply = await reference.call(
    'functions.run',
    requestOf(target, cases, { sharp }),
    deadlineMs === undefined ? {} : { deadlineMs },
  );
  const { results } = reply.meta as unknown as { results: CaseReply[] };
  return results.map((result, index) => {
    const one = cases[index];
    if (one === undefined) throw new RangeError('the reference gave more results than cases');
    return judged(one, result, reply.tensors, `${index}/`);
  });
}

/** Cases of a target as a message for Python. */
export function requestOf(
  target: ReferenceTarget,
  cases: readonly FunctionCase[],
  { sharp }: { readonly sharp: boolean },
): { readonly meta: Record<string, JsonValue>; readonly tensors: Record<string, WireTensor> } {
  const tensors: Record<string, WireTensor> = {};
  for (const [name, tensor] of target.weights ?? []) tensors[`weights/${name}`] = tensor;
  const trees = cases.map(({ inputs }, index) => ({
    sharp,
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [name, treeOf(value, `${index}/${name}`, tensors)]),
    ),
  }));
  return { meta: { ...metaOf(target), nudge: true, cases: trees }, tensors };
}

const metaOf = ({
  reference,
  inputs,
  gradients,
  layers = [],
}: ReferenceTarget): Record<string, JsonValue> => {
  const { truth, positional = [], ...rest } = reference;
  const own = typeof truth === 'object' ? { truth: truth.mpmath, mpmath: true } : { truth: truth ?? null };
  return {
    reference: { ...rest, positional: [...positional], ...own },
    inputs: [...inputs],
    gradients: [...gradients],
    layers: [...layers],
  };
};

/** A value as JSON, with its numbers as tensors: JSON has no NaN and no -0. */
function treeOf(value: CaseValue, name: string, tensors: Record<string, WireTensor>): JsonValue {
  switch (value.kind) {
    case 'tensor':
      tensors[name] = value.tensor;
      return { tensor: name };
    case 'number':
      tensors[name] = { dtype: 'float64', shape: [], data: Float64Array.of(value.value) };
      return { number: name, integer: value.integer };
    case 'plain':
      return { plain: value.value };
    case 'list':
      return { list: value.items.map((item, index) => treeOf(item, `${name}.${index}`, tensors)) };
    case 'record':
      return {
        record: Object.fromEntries(
          Object.entries(value.fields).map(([key, field]) => [key, treeOf(field, `${name}.${key}`, tensors)]),
        ),
      };
  }
}

const NOTHING: CaseOutcome = { componentNames: [], tensors: new Map() };

function judged(
  one: FunctionCase,
  { error, only, errors = [], plain = {}, layers = [] }: CaseReply,
  tensors: Readonly<Record<string, WireTensor>>,
  prefix: string,
): JudgedFunctionCase {
  const conditioning = { inputScale: 0, labelScale: 0, condition: 1 };
  const failed = error ?? (only === undefined ? undefined : { type: 'OneLegOnly', message: only });
  if (failed !== undefined) {
    const float32 = { ...NOTHING, error: failed };
    return {
      case: one,
      legs: { float32, truth: NOTHING, errors: new Map(), conditioning },
      cotangents: [],
      layers,
    };
  }
  const below = (part: string): Map<string, WireTensor> =>
    new Map(
      Object.entries(tensors).flatMap(([name, tensor]) =>
        name.startsWith(prefix + part) ? [[name.slice(prefix.length + part.length), tensor] as const] : [],
      ),
    );
  const sizes = tensors[`${prefix}errors`]?.data ?? [];
  const cotangents: Map<string, WireTensor>[] = [];
  for (const [name, tensor] of below('cotangents/')) {
    const [number, ...rest] = name.split('/');
    (cotangents[Number(number)] ??= new Map()).set(rest.join('/'), tensor);
  }
  const truth: CaseOutcome = { componentNames: plainNames(plain), tensors: below('truth/') };
  return {
    case: one,
    legs: {
      float32: { componentNames: plainNames(plain), tensors: below('float32/') },
      truth,
      errors: new Map(errors.map((name, index) => [name, Number(sizes[index] ?? 0)])),
      conditioning: conditioningOfFunction(one, truth, cotangents),
    },
    cotangents,
    layers,
  };
}

/** Texts and None among the results, as the names under which outcomes compare them. */
export const plainNames = (plain: Readonly<Record<string, string | null>>): string[] =>
  Object.entries(plain).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);

/** A worse case could hide a mistake. */
const WORST_CONDITION = 4000;

/** How hard a case is in single precision: sum |dL/dx x| / sum |c y| for the output y in the direction c. */
function conditioningOfFunction(
  { inputs }: FunctionCase,
  truth: CaseOutcome,
  cotangents: Cotangents,
): ReferenceLegs['conditioning'] {
  let inputScale = 0;
  let sensitivity = 0;
  for (const [path, { data }] of tensorsOf(inputs)) {
    inputScale = Math.max(inputScale, largestFinite(data));
    sensitivity += absoluteProduct(data, truth.tensors.get(`gradient/${path}`)?.data ?? []);
  }
  let value = 0;
  for (const [name, { data }] of cotangents[0] ?? []) {
    value += absoluteProduct(data, truth.tensors.get(name)?.data ?? []);
  }
  const condition = sensitivity / value;
  return { inputScale, labelScale: 0, condition: condition > 1 ? Math.min(condition, WORST_CONDITION) : 1 };
}

function absoluteProduct(a: WireTensor['data'], b: ArrayLike<number | bigint>): number {
  let sum = 0;
  for (let i = 0; i < b.length; i++) {
    const product = Math.abs(Number(a[i]) * Number(b[i]));
    if (product < Infinity) sum += product;
  }
  return sum;
}
