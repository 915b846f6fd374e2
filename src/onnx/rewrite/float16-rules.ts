import { elementTypeOf } from '../element-types.js';
import type { Attribute, ElementType, OnnxNode } from '../model.js';

/**
 * The type in which an operator computes with floating-point numbers:
 *
 * - half: float16;
 * - single: float32, since float16 would overflow or lose the information (a mean of squares exceeds 65,504 if values
 *   exceed 256, 1e-12 added to a variance becomes 0, sums of many small parts stop growing), or since ONNX Runtime's
 *   CPU kernels do not support it in float16 (ScatterElements with addition);
 * - either: float32 among such operators, otherwise float16;
 * - carried: the type of its input; its results are elements of the input, perhaps with another sign, or not
 *   floating-point.
 */
export type Computing = 'half' | 'single' | 'either' | 'carried';

const OPERATORS: Readonly<Record<Computing, string>> = {
  half: 'MatMul Gemm Einsum',
  single:
    'ReduceMean ReduceSum ReduceSumSquare ReduceL1 ReduceL2 ReduceLogSumExp ReduceProd Softmax LogSoftmax Exp Log Sqrt ' +
    'Pow Reciprocal Sin Cos Softplus CumSum LayerNormalization LpNormalization Cast ConstantOfShape Range Floor Ceil ' +
    'Round Mod ScatterND ScatterElements',
  either:
    'Add Sub Mul Div Min Max Where Clip Sum Mean Erf Gelu Tanh Sigmoid HardSigmoid Elu Selu LeakyRelu PRelu Equal Less ' +
    'LessOrEqual Greater GreaterOrEqual',
  carried:
    'Reshape Transpose Slice Concat Expand Gather GatherElements GatherND Squeeze Unsqueeze Identity Split Tile Pad ' +
    'Flatten Trilu Compress TopK ReduceMax ReduceMin ArgMax ArgMin NonZero Shape Size Relu Neg ' +
    'Abs Sign IsNaN IsInf Not And Or Xor BitShift BitwiseAnd BitwiseOr BitwiseXor BitwiseNot',
};

const COMPUTING = new Map(
  Object.entries(OPERATORS).flatMap(([computing, names]) =>
    names.split(' ').map((name) => [name, computing as Computing] as const),
  ),
);

/** undefined for an unknown operator. */
export function computingOf({ op, domain = '' }: OnnxNode): Computing | undefined {
  return domain === '' || domain === 'ai.onnx' ? COMPUTING.get(op) : undefined;
}

const BOOLS = new Set('Equal Less LessOrEqual Greater GreaterOrEqual Not And Or Xor IsNaN IsInf'.split(' '));
const PLACES = new Set('Shape Size ArgMax ArgMin NonZero'.split(' '));

/** The types of a known operator's outputs, given the types of its inputs. */
export function outputTypes(
  { op, outputs, attributes }: OnnxNode,
  inputs: readonly (ElementType | undefined)[],
): (ElementType | undefined)[] {
  const [first, second] = inputs;
  if (BOOLS.has(op)) return ['bool'];
  if (PLACES.has(op)) return ['int64'];
  if (op === 'TopK') return [first, 'int64'];
  if (op === 'Where') return [second];
  if (op === 'Cast') return [castType(attributes['to'])];
  if (op === 'ConstantOfShape') {
    const { value } = attributes;
    return [value && 'tensor' in value ? value.tensor.type : 'float32'];
  }
  return outputs.map(() => first);
}

function castType(to: Attribute | undefined): ElementType | undefined {
  return to && 'int' in to ? elementTypeOf(to.int) : undefined;
}
