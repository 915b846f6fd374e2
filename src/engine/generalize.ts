import { UsageError } from '../errors.js';
import type { Dimension, TypedArray } from '../onnx/model.js';
import { describeExpression, type Expression, fitExpression, isConstant, type Sizes } from './expression.js';
import { type Node, nodesInOrder, Value } from './graph.js';
import { int64s, scalar } from './ops/constants.js';
import { add, cast, div, mul } from './ops/elementwise.js';
import { emit } from './ops/emit.js';
import { concat } from './ops/layout.js';
import { describeOrigin } from './origin.js';

/** A function recorded at one choice of the sizes of its named dimensions. */
export interface SizedRecording {
  readonly sizes: Sizes;
  readonly placeholders: readonly Value[];
  readonly outputs: readonly Value[];
}

export interface Generalized {
  readonly outputs: readonly Value[];
  /** Shapes of placeholders and outputs, with the names. */
  readonly dimensionsOf: (value: Value) => readonly Dimension[];
}

/**
 * One graph for every size of the named dimensions, from recordings at several sizes. They have the same nodes
 * and differ in constants (shapes, counts), each of which is computed from the shapes of the inputs instead.
 *
 * @throws UsageError where the recordings differ in another way.
 */
export function generalize(
  recordings: readonly SizedRecording[],
  names: readonly (readonly (string | null)[])[],
): Generalized {
  const [first] = recordings;
  if (first === undefined) throw new RangeError('nothing was recorded');
  const sizes = recordings.map((recording) => recording.sizes);
  const orders = recordings.map(({ outputs }) => nodesInOrder(outputs));
  const general = new Map<Value, Value>();
  const shapes = new Map<Value, readonly Dimension[]>();
  const dimensions = dimensionValues(first.placeholders, names);
  first.placeholders.forEach((value, index) => shapes.set(value, namedShape(value, names[index])));

  (orders[0] ?? []).forEach((node, index) => {
    const twins = orders.map((order) => order[index]);
    requireTwins(node, twins);
    const inputs = node.inputs.map((input, at) => {
      const same = twins.map((twin) => twin?.inputs[at]);
      return (
        input &&
        generalValue(
          input,
          same.filter((value) => value !== undefined),
          node,
        )
      );
    });
    const copy: Node = { ...node, inputs, outputs: [] };
    for (const output of node.outputs) {
      const made = new Value(output.type, output.shape, copy, output.fill);
      copy.outputs.push(made);
      general.set(output, made);
    }
  });

  const outputs = first.outputs.map((output, at) => {
    const same = recordings.map((recording) => recording.outputs[at] as Value);
    const made = generalValue(output, same, undefined);
    shapes.set(
      made,
      shapeOf(same).map((expression) =>
        isConstant(expression) ? expression.offset : describeExpression(expression),
      ),
    );
    return made;
  });
  return { outputs, dimensionsOf: (value) => shapes.get(value) ?? value.shape };

  function generalValue(value: Value, same: readonly Value[], user: Node | undefined): Value {
    let made = general.get(value);
    if (made === undefined) {
      made = value.source.kind === 'placeholder' ? value : leaf(value, same, user);
      general.set(value, made);
    }
    return made;
  }

  /** A constant, or data of the user's: as it is where all recordings agree. */
  function leaf(value: Value, same: readonly Value[], user: Node | undefined): Value {
    const all = same.map(elementsOf);
    if (all.every((elements) => equalElements(elements, all[0]))) return value;
    if (value.fill !== undefined && same.every(({ fill }) => fill === value.fill)) {
      return expandTo(scalar(value.fill, value.type), value, shapeOf(same));
    }
    const length = all[0]?.length ?? 0;
    if (!all.every((elements) => elements?.length === length)) throw irregular(value, user);
    const parts = Array.from({ length }, (_, index) => {
      const fitted = fitExpression(
        all.map((elements) => Number(elements?.[index])),
        sizes,
      );
      if (fitted === undefined) throw irregular(value, user);
      return computed(fitted, value.type);
    });
    const vector = concat(parts, 0);
    return value.shape.length === 0
      ? emit('Squeeze', [vector, int64s([0])], { type: value.type, shape: [] })
      : vector;
  }

  function shapeOf(same: readonly Value[]): Expression[] {
    return (same[0]?.shape ?? []).map((_, axis) => {
      const fitted = fitExpression(
        same.map(({ shape }) => shape[axis] as number),
        sizes,
      );
      if (fitted === undefined) throw new UsageError('a shape is no product of the named dimensions');
      return fitted;
    });
  }

  function expandTo(number: Value, like: Value, shape: readonly Expression[]): Value {
    const target = concat(
      shape.map((expression) => computed(expression, 'int64')),
      0,
    );
    return emit('Expand', [number, target], { type: like.type, shape: like.shape });
  }

  /** The expression as a vector of one element. */
  function computed(
    { factor, dimensions: product, offset, inverse }: Expression,
    type: Value['type'],
  ): Value {
    if (product.length === 0) return vectorOf(offset, type);
    const exact = inverse ? type : 'int64';
    const size = product.map((name) => dimensions(name)).reduce((left, right) => mul(left, right));
    if (inverse) return div(vectorOf(factor, type), cast(size, type));
    const scaled = factor === 1 ? size : mul(size, vectorOf(factor, exact));
    const shifted = offset === 0 ? scaled : add(scaled, vectorOf(offset, exact));
    return cast(shifted, type);
  }
}

/** Each named dimension, read from the shape of the first input that has it. */
function dimensionValues(
  placeholders: readonly Value[],
  names: readonly (readonly (string | null)[])[],
): (name: string) => Value {
  const made = new Map<string, Value>();
  names.forEach((row, index) => {
    row.forEach((name, axis) => {
      const placeholder = placeholders[index];
      if (name === null || made.has(name) || placeholder === undefined) return;
      const attributes = { start: { int: axis }, end: { int: axis + 1 } };
      made.set(name, emit('Shape', [placeholder], { type: 'int64', shape: [1] }, { attributes }));
    });
  });
  return (name) => {
    const value = made.get(name);
    if (value === undefined) throw new RangeError(`no input has a dimension ${name}`);
    return value;
  };
}

function namedShape({ shape }: Value, names: readonly (string | null)[] | undefined): Dimension[] {
  return shape.map((dim, axis) => names?.[axis] ?? dim);
}

function vectorOf(number: number, type: Value['type']): Value {
  const { source, fill } = scalar(number, type);
  return new Value(type, [1], source, fill);
}

function elementsOf({ source }: Value): TypedArray | undefined {
  return source.kind === 'data' || source.kind === 'constant' ? source.elements : undefined;
}

function equalElements(a: TypedArray | undefined, b: TypedArray | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.length === b.length &&
    a.every((element, at) => Object.is(element, b[at]))
  );
}

function requireTwins(node: Node, twins: readonly (Node | undefined)[]): void {
  for (const twin of twins) {
    const same =
      twin?.op === node.op &&
      twin.inputs.length === node.inputs.length &&
      twin.outputs.length === node.outputs.length &&
      JSON.stringify(twin.attributes) === JSON.stringify(node.attributes);
    if (!same)
      throw new UsageError(
        `the program depends on a named dimension in more than its shapes, at ${place(node)}`,
      );
  }
}

function irregular(value: Value, user: Node | undefined): UsageError {
  return new UsageError(
    `a constant of shape [${value.shape.join(', ')}] depends on the named dimensions in a way that is no product of them` +
      (user === undefined ? '' : `, at ${place(user)}`),
  );
}

function place({ op, origin }: Node): string {
  return origin === undefined ? op : describeOrigin(origin);
}
