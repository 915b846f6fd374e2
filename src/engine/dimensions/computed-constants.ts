import type { ElementType, TypedArray } from '../../onnx/model.js';
import { Value } from '../graph.js';
import { int64s, scalar } from '../ops/constants.js';
import { add, cast, compare, div, mul } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { concat } from '../ops/layout.js';
import { constantOf, type Expression, fitExpression, type Sizes } from './expression.js';

/** Constants of a program, computed from the sizes of its named dimensions at run time. */
export class ComputedConstants {
  readonly #sizes: readonly Sizes[];
  readonly #dimension: (name: string) => Value;
  /** Expressions of axes, by the axis's size in each recording: a program has few, and thousands of axes. */
  readonly #fitted = new Map<string, Expression | undefined>();

  /** @param dimension the size of a named dimension, as an int64 vector of one element */
  constructor(sizes: readonly Sizes[], dimension: (name: string) => Value) {
    this.#sizes = sizes;
    this.#dimension = dimension;
  }

  /** The replacement for a constant of several recordings; undefined if it is not a function of the sizes. */
  from(same: readonly Value[]): Value | undefined {
    const [first] = same;
    const all = same.map(elementsOf).filter((elements) => elements !== undefined);
    if (first === undefined || all.length < same.length) return undefined;
    if (all.every((elements) => equalElements(elements, all[0])) && this.#hasOneShape(same)) return first;
    return this.#filled(same) ?? this.#listed(first, all) ?? this.#progression(same, all);
  }

  /** The sizes of the axes as expressions; undefined if one of them has no expression. */
  shapeOf(same: readonly Value[]): Expression[] | undefined {
    const shape = (same[0]?.shape ?? []).map((_, axis) =>
      this.#fit(same.map((value) => value.shape[axis] as number)),
    );
    return shape.every((size) => size !== undefined) ? shape : undefined;
  }

  #fit(sizes: readonly number[]): Expression | undefined {
    const key = sizes.join();
    if (!this.#fitted.has(key)) this.#fitted.set(key, fitExpression(sizes, this.#sizes));
    return this.#fitted.get(key);
  }

  #hasOneShape(same: readonly Value[]): boolean {
    return same.every(({ shape }) => shape.join() === same[0]?.shape.join());
  }

  /** The same number everywhere. */
  #filled(same: readonly Value[]): Value | undefined {
    const [first] = same;
    const fills = same.map(({ fill }) => fill).filter((fill) => fill !== undefined);
    const shape = this.shapeOf(same);
    if (first === undefined || shape === undefined || fills.length < same.length) return undefined;
    const number = this.#number(fills, first.type);
    return number && this.#expanded(number, first, shape);
  }

  /** A few numbers, each with its own expression. */
  #listed(first: Value, all: readonly TypedArray[]): Value | undefined {
    const { type, shape, size } = first;
    if (all.some(({ length }) => length !== size)) return undefined;
    const numbers: Value[] = [];
    for (let index = 0; index < size; index++) {
      const number = this.#number(
        all.map((elements) => Number(elements[index])),
        type,
      );
      if (number === undefined) return undefined;
      numbers.push(number);
    }
    const vector = concat(numbers, 0);
    if (shape.length < 2) return shape.length === 1 ? vector : scalarOf(vector);
    return emit('Reshape', [vector, int64s(shape)], { type, shape });
  }

  /**
   * Numbers that depend on their position: equal steps up to a number that a size determines, or the identity matrix.
   */
  #progression(same: readonly Value[], all: readonly TypedArray[]): Value | undefined {
    const [first] = same;
    const [count] = this.shapeOf(same) ?? [];
    if (first === undefined || count === undefined) return undefined;
    const { type, shape } = first;
    if (same.every((value, at) => isIdentity(value, all[at]))) {
      const positions = this.#positions(count, shape[0] as number);
      const column = emit('Unsqueeze', [positions, int64s([1])], {
        type: 'int64',
        shape: [shape[0] as number, 1],
      });
      return cast(compare('Equal', column, positions), type);
    }
    const steps = all.map(stepOf);
    const start = this.#number(
      all.map((elements) => Number(elements[0])),
      'int64',
    );
    const [step] = steps;
    if (
      shape.length !== 1 ||
      start === undefined ||
      step === undefined ||
      steps.some((each) => each !== step)
    ) {
      return undefined;
    }
    return cast(add(mul(this.#positions(count, shape[0] as number), scalar(step, 'int64')), start), type);
  }

  /** 0, 1, 2, ... */
  #positions(count: Expression, recorded: number): Value {
    const end = scalarOf(this.#computed(count, 'int64'));
    return emit('Range', [scalar(0, 'int64'), end, scalar(1, 'int64')], { type: 'int64', shape: [recorded] });
  }

  #expanded(number: Value, like: Value, shape: readonly Expression[]): Value {
    if (shape.length === 0) return scalarOf(number);
    const target = concat(
      shape.map((size) => this.#computed(size, 'int64')),
      0,
    );
    return emit('Expand', [number, target], { type: like.type, shape: like.shape });
  }

  /** A number of each recording, as a vector of one element. */
  #number(values: readonly number[], type: ElementType): Value | undefined {
    const expression = fitExpression(values, this.#sizes);
    if (expression === undefined) return undefined;
    if (type === 'bool' && constantOf(expression) === undefined) return undefined;
    return this.#computed(expression, type);
  }

  #computed(expression: Expression, type: ElementType): Value {
    const { terms, numerator } = expression;
    const constant = constantOf(expression);
    if (constant !== undefined && numerator === undefined) return vectorOf(constant, type);
    const total = terms
      .map(({ factor, dimensions }) => {
        // A factor that is not a whole number keeps the constant's own type.
        const exact = Number.isSafeInteger(factor) ? 'int64' : type;
        if (dimensions.length === 0) return vectorOf(factor, exact);
        const product = dimensions
          .map((name) => this.#dimension(name))
          .reduce((left, right) => mul(left, right));
        return factor === 1 ? product : mul(cast(product, exact), vectorOf(factor, exact));
      })
      .reduce((left, right) => add(left, right));
    return numerator === undefined ? cast(total, type) : div(vectorOf(numerator, type), cast(total, type));
  }
}

function scalarOf(vector: Value): Value {
  return emit('Squeeze', [vector, int64s([0])], { type: vector.type, shape: [] });
}

function vectorOf(number: number, type: ElementType): Value {
  const { source, fill } = scalar(number, type);
  return new Value(type, [1], source, fill);
}

function elementsOf({ source }: Value): TypedArray | undefined {
  return source.kind === 'data' || source.kind === 'constant' ? source.elements : undefined;
}

function equalElements(a: TypedArray, b: TypedArray | undefined): boolean {
  // A captured array is the same object in every recording.
  if (a === b) return true;
  return b !== undefined && a.length === b.length && a.every((element, at) => Object.is(element, b[at]));
}

function isIdentity({ shape }: Value, elements: TypedArray | undefined): boolean {
  const [rows, columns] = shape;
  if (elements === undefined || shape.length !== 2 || rows !== columns || rows === undefined) return false;
  return elements.every((element, at) => Number(element) === Number(at % (rows + 1) === 0));
}

/** The whole number by which each element exceeds the one before. */
function stepOf(elements: TypedArray): number | undefined {
  const step = Number(elements[1]) - Number(elements[0]);
  const even = elements.every((element, at) => Number(element) === Number(elements[0]) + at * step);
  return Number.isSafeInteger(step) && even ? step : undefined;
}
