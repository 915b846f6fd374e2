import { type Node, sizeOf, Value } from '../graph.js';
import { int64s } from '../ops/constants.js';

/** Operators whose output elements depend only on the input elements at the same position, with broadcasting. */
const ELEMENTWISE = new Set(
  (
    'Abs Acos Acosh Add And Asin Asinh Atan Atanh Cast Ceil Clip Cos Cosh Div Elu Equal Erf Exp Floor Gelu Greater ' +
    'GreaterOrEqual Identity IsInf IsNaN LeakyRelu Less LessOrEqual Log Max Min Mod Mul Neg Not Or Pow Reciprocal Relu ' +
    'Round Selu Sigmoid Sign Sin Sinh Softplus Sqrt Sub Sum Tan Tanh Where Xor'
  ).split(' '),
);

/** How to apply an operator to some rows of its operands: which inputs are cut, and what replaces constants. */
export interface RowRule {
  /** Whether input `at` is cut into rows; other inputs stay whole. */
  readonly cuts: (at: number) => boolean;
  /** A constant input that contains the number of rows. */
  readonly replace?: { readonly at: number; readonly by: (rows: number) => Value };
  /** Whether all rows are equal, so that any number of them can be made without cutting an input. */
  readonly spreads?: boolean;
}

/**
 * How to apply the node to some rows of its operands at a time; undefined unless each row (along axis 0) of its single
 * output depends only on the same row of its operands.
 */
export function rowRule(node: Node): RowRule | undefined {
  const [output] = node.outputs;
  const [first] = node.inputs;
  if (node.outputs.length !== 1 || output === undefined || first === undefined || node.domain !== '') {
    return undefined;
  }
  const { shape } = output;
  const rows = shape[0];
  if (rows === undefined) return undefined;
  const sameRows = first.shape[0] === rows;
  switch (node.op) {
    case 'ReduceSum':
    case 'ReduceMean':
    case 'ReduceMax':
    case 'ReduceMin':
    case 'ReduceProd':
    case 'ReduceL1':
    case 'ReduceL2':
    case 'ReduceSumSquare':
      return sameRows && reducesWithinRows(node) ? { cuts: (at) => at === 0 } : undefined;
    case 'Reshape':
      return sameRows
        ? { cuts: (at) => at === 0, replace: { at: 1, by: (count) => int64s([count, ...shape.slice(1)]) } }
        : undefined;
    case 'Expand': {
      const hasItsRows = hasRows(first, shape);
      return {
        cuts: (at) => at === 0 && hasItsRows,
        replace: { at: 1, by: (count) => int64s([count, ...shape.slice(1)]) },
        spreads: !hasItsRows,
      };
    }
    case 'Slice':
      return axesOf(node, 3)?.every((axis) => axis > 0) ? { cuts: (at) => at === 0 } : undefined;
    case 'Pad':
      return padsRows(node) ? undefined : { cuts: (at) => at === 0 };
    case 'Concat':
      return axisOf(node, 0) === 0 ? undefined : { cuts: () => true };
    case 'Softmax':
    case 'LogSoftmax':
      return axisOf(node, -1) !== 0 ? { cuts: () => true } : undefined;
    default:
      return ELEMENTWISE.has(node.op) ? { cuts: (at) => hasRows(node.inputs[at], shape) } : undefined;
  }
}

/** Whether the operand has as many rows as the result, aligned at the right as broadcasting does. */
function hasRows(operand: Value | undefined, shape: readonly number[]): boolean {
  return (
    operand !== undefined &&
    operand.shape.length === shape.length &&
    operand.shape[0] === shape[0] &&
    shape[0] !== 1
  );
}

function reducesWithinRows(node: Node): boolean {
  const axes = axesOf(node, 1);
  return axes !== undefined && axes.length > 0 && axes.every((axis) => axis > 0);
}

/** The axes that a constant input lists, counted from the front. */
function axesOf({ inputs }: Node, at: number): number[] | undefined {
  const source = inputs[at]?.source;
  const rank = inputs[0]?.shape.length ?? 0;
  if (source?.kind !== 'constant') return undefined;
  return Array.from(source.elements, Number).map((axis) => (axis < 0 ? axis + rank : axis));
}

function padsRows(node: Node): boolean {
  const source = node.inputs[1]?.source;
  if (source?.kind !== 'constant') return true;
  const pads = Array.from(source.elements, Number);
  return pads[0] !== 0 || pads[pads.length / 2] !== 0;
}

/** The attribute `axis`, counted from the front. */
function axisOf({ attributes, inputs }: Node, otherwise: number): number {
  const { axis } = attributes;
  const number = axis && 'int' in axis ? axis.int : otherwise;
  return number < 0 ? number + (inputs[0]?.shape.length ?? 0) : number;
}

/** The node applied to other inputs, for some rows of its output. */
export function withRows(node: Node, inputs: readonly (Value | undefined)[], rows: number): Value {
  const output = node.outputs[0] as Value;
  const copy: Node = { ...node, inputs, outputs: [] };
  const made = new Value(output.type, [rows, ...output.shape.slice(1)], copy, output.fill);
  copy.outputs.push(made);
  return made;
}

/** The node applied to other inputs, with whole outputs. */
export function withInputs(node: Node, inputs: readonly (Value | undefined)[]): Value[] {
  const copy: Node = { ...node, inputs, outputs: [] };
  for (const { type, shape, fill } of node.outputs) copy.outputs.push(new Value(type, shape, copy, fill));
  return copy.outputs;
}

export function rowSize({ shape }: Value): number {
  return sizeOf(shape.slice(1));
}
