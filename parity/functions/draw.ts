import type { Arbitrary } from 'fast-check';
import type { Dtype, WireTensor } from '../../src/python/exchange.js';
import { draftRandom, uniform } from '../arbitraries/draft.js';
import { fc } from '../fast-check.js';
import { mix } from '../plan.js';
import type { InputSpecs, SpecNode, TensorRules } from './input-spec.js';
import { type Dimensions, nodesOf, sizeKey, tensorNodeAt } from './sizes.js';
import type { FunctionStratum, TensorDraft } from './strata.js';
import { applyStructure } from './structure.js';
import type { CaseInputs, CaseValue } from './values.js';
import { sizeOfShape } from './values.js';

/** Small whole numbers that shrink towards a small case of plain numbers, and a seed for everything else. */
interface Recipe {
  readonly seed: number;
  /** 0: whole numbers, 1: eighths, 2: any. */
  readonly detail: number;
  readonly sizes: Readonly<Record<string, number>>;
  /** For each plain value its choice, and for each list its length. */
  readonly choices: Readonly<Record<string, number>>;
}

const STEPS = 2 ** 16;
const LETTERS = 'a b c x y z A B C 0 1 9 . , - _ ä ß é 中 я 😀'.split(' ').concat(' ');

/** The inputs of a target for one stratum. */
export function inputsArbitrary(
  inputs: InputSpecs,
  dims: Dimensions,
  stratum: FunctionStratum,
): Arbitrary<CaseInputs> {
  const sizes: Record<string, Arbitrary<number>> = {};
  const choices: Record<string, Arbitrary<number>> = {};
  for (const [path, node] of nodesOf(inputs)) {
    if (node.kind === 'tensor') {
      for (const axis of node.shape.keys()) {
        const { key, size } = sizeKey(inputs, dims, path, axis);
        sizes[key] = fc.integer(drawnRange(size.least, size.most, stratum));
      }
    }
    const most = choicesOf(node);
    if (most !== undefined) choices[path] = fc.integer(most);
  }
  return fc
    .record({
      seed: fc.noShrink(fc.nat()),
      // The first is the one to which it shrinks.
      detail: fc.constantFrom(0, 1, 2, 2, 2, 2, 2, 2),
      sizes: fc.record(sizes),
      choices: fc.record(choices),
    })
    .map((recipe) => new Drawing(inputs, dims, stratum, recipe).inputs());
}

function drawnRange(least: number, most: number, { sizes }: FunctionStratum): { min: number; max: number } {
  if (sizes === 'least') return { min: least, max: least };
  return { min: sizes === 'most' ? most : least, max: most };
}

function choicesOf(node: SpecNode): { min: number; max: number } | undefined {
  switch (node.kind) {
    case 'number':
      return { min: 0, max: node.integer ? node.max - node.min : STEPS };
    case 'choice':
      return { min: 0, max: node.values.length - 1 };
    case 'text':
      return { min: 0, max: node.most };
    case 'list':
      return { min: node.length[0], max: node.length[1] };
    case 'tensor':
    case 'same-as':
    case 'record':
      return undefined;
  }
}

/** The rules of a tensor with its defaults. */
export function fullRules(rules: TensorRules): TensorDraft['rules'] {
  const { dtype = 'float32' } = rules;
  const [min, max] = { float32: [-4, 4], float64: [-4, 4], int32: [0, 9], int64: [0, 9], bool: [0, 1] }[
    dtype
  ];
  return { ...rules, dtype, min: rules.min ?? min ?? 0, max: rules.max ?? max ?? 1 };
}

class Drawing {
  readonly #specs: InputSpecs;
  readonly #dims: Dimensions;
  readonly #stratum: FunctionStratum;
  readonly #recipe: Recipe;
  readonly #earlier = new Map<string, Float64Array>();

  constructor(specs: InputSpecs, dims: Dimensions, stratum: FunctionStratum, recipe: Recipe) {
    this.#specs = specs;
    this.#dims = dims;
    this.#stratum = stratum;
    this.#recipe = recipe;
  }

  inputs(): CaseInputs {
    return Object.fromEntries(
      Object.entries(this.#specs).map(([name, { node }]) => [name, this.#value(node, name)]),
    );
  }

  #value(node: SpecNode, path: string): CaseValue {
    const chosen = this.#recipe.choices[path] ?? 0;
    switch (node.kind) {
      case 'tensor':
      case 'same-as':
        return { kind: 'tensor', tensor: this.#tensor(path) };
      case 'number':
        return this.#number(node, chosen);
      case 'choice': {
        const value = node.values[chosen] ?? null;
        if (typeof value !== 'number') return { kind: 'plain', value };
        return { kind: 'number', value, integer: Number.isInteger(value) };
      }
      case 'text': {
        const random = this.#random(path);
        const letters = Array.from({ length: chosen }, () => random.pick(LETTERS));
        return { kind: 'plain', value: letters.join('') };
      }
      case 'list':
        return {
          kind: 'list',
          items: Array.from({ length: chosen }, (_, index) => this.#value(node.item, `${path}.${index}`)),
        };
      case 'record': {
        const fields = Object.entries(node.fields);
        return {
          kind: 'record',
          fields: Object.fromEntries(
            fields.map(([key, field]) => [key, this.#value(field, `${path}.${key}`)]),
          ),
        };
      }
    }
  }

  #number({ min, max, integer }: Extract<SpecNode, { kind: 'number' }>, step: number): CaseValue {
    if (integer) return { kind: 'number', value: min + step, integer };
    const value = min + ((max - min) * step) / STEPS;
    return { kind: 'number', value: clamp(this.#rounded(value), min, max), integer };
  }

  #random(path: string): TensorDraft['random'] {
    return draftRandom(mix(this.#recipe.seed, path));
  }

  #tensor(path: string): WireTensor {
    const node = tensorNodeAt(this.#specs, path);
    const rules = fullRules(node);
    const shape = node.shape.map((_, axis) => this.#size(path, axis));
    const random = this.#random(path);
    const { min, max } = rules;
    const values = Float64Array.from({ length: sizeOfShape(shape) }, () =>
      this.#rounded(min + (max - min) * uniform(random)),
    );
    const draft: TensorDraft = { values, shape, rules, random, earlier: this.#earlier.get(shape.join()) };
    if (applies(this.#stratum, draft)) this.#stratum.change?.(draft);
    applyStructure(draft);
    this.#earlier.set(shape.join(), values);
    return { dtype: rules.dtype, shape, data: toDtype(values, rules) };
  }

  #size(path: string, axis: number): number {
    const { key, size } = sizeKey(this.#specs, this.#dims, path, axis);
    return this.#recipe.sizes[key] ?? size.least;
  }

  #rounded(value: number): number {
    const parts = [1, 8][this.#recipe.detail];
    return parts === undefined ? value : Math.round(value * parts) / parts;
  }
}

const applies = (stratum: FunctionStratum, { rules, shape, earlier }: TensorDraft): boolean =>
  stratum.applies({ rules, rank: shape.length, hasTwin: earlier !== undefined });

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

/** Numbers of a dtype inside their range. NaN and infinities, which only one stratum makes, stay. */
function toDtype(
  values: Float64Array,
  { dtype, min, max }: { dtype: Dtype; min: number; max: number },
): WireTensor['data'] {
  // A zero inside the range keeps its sign.
  const keeps = (value: number): boolean => !Number.isFinite(value) || (value === 0 && min <= 0 && max >= 0);
  const inside = values.map((value) => (keeps(value) ? value : clamp(value, min, max)));
  switch (dtype) {
    case 'float32':
      return Float32Array.from(inside);
    case 'float64':
      return inside;
    case 'int32':
      return Int32Array.from(inside, Math.round);
    case 'int64':
      return BigInt64Array.from([...inside].map((value) => BigInt(Math.round(value))));
    case 'bool':
      return Uint8Array.from(inside, (value) => (value >= 0.5 ? 1 : 0));
  }
}
