import type { WireTensor } from '../../src/python/exchange.js';

/** An argument or a result of a function under test: tensors and plain values, nested as the function takes them. */
export type CaseValue =
  | { readonly kind: 'tensor'; readonly tensor: WireTensor }
  /** A JavaScript number; `integer` if Python takes it as an int. */
  | { readonly kind: 'number'; readonly value: number; readonly integer: boolean }
  | { readonly kind: 'plain'; readonly value: string | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly CaseValue[] }
  | { readonly kind: 'record'; readonly fields: Readonly<Record<string, CaseValue>> };

/** Arguments by name. */
export type CaseInputs = Readonly<Record<string, CaseValue>>;

/** One comparison of a function: complete in itself. */
export interface FunctionCase {
  readonly target: string;
  /** What is special about the inputs. */
  readonly stratum: string;
  readonly inputs: CaseInputs;
}

/** Every leaf of a value with its path, as `options.delta` or `items.0`. */
export function* leavesOf(value: CaseValue, path: string): Generator<readonly [string, CaseValue]> {
  if (value.kind === 'list') {
    for (const [index, item] of value.items.entries()) yield* leavesOf(item, `${path}.${index}`);
  } else if (value.kind === 'record') {
    for (const [key, field] of Object.entries(value.fields)) yield* leavesOf(field, `${path}.${key}`);
  } else yield [path, value];
}

/** Every leaf of the arguments with its path. */
export function* leavesOfInputs(inputs: CaseInputs): Generator<readonly [string, CaseValue]> {
  for (const [name, value] of Object.entries(inputs)) yield* leavesOf(value, name);
}

/** Every tensor of the arguments, by its path. */
export function tensorsOf(inputs: CaseInputs): Map<string, WireTensor> {
  return new Map(
    [...leavesOfInputs(inputs)].flatMap(([path, leaf]) =>
      leaf.kind === 'tensor' ? [[path, leaf.tensor] as const] : [],
    ),
  );
}

/** The same arguments with other leaves. */
export function mapLeaves(
  inputs: CaseInputs,
  map: (path: string, leaf: CaseValue) => CaseValue,
): Record<string, CaseValue> {
  const visit = (value: CaseValue, path: string): CaseValue => {
    if (value.kind === 'list') {
      return { kind: 'list', items: value.items.map((item, index) => visit(item, `${path}.${index}`)) };
    }
    if (value.kind !== 'record') return map(path, value);
    const fields = Object.entries(value.fields).map(([key, field]) => [key, visit(field, `${path}.${key}`)]);
    return { kind: 'record', fields: Object.fromEntries(fields) as Record<string, CaseValue> };
  };
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, visit(value, name)]));
}

/** How many numbers a tensor of this shape holds. */
export const sizeOfShape = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
