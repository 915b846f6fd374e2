import type { MaxLogitsOptions } from '../../ops/max-logits.js';
import { vocabularyPieces } from '../../ops/vocabulary-pieces.js';
import type { Value } from '../graph.js';
import { int32s, int64s, scalar } from '../ops/constants.js';
import { add, cast, compare, div, mul, sub, unary } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { gather } from '../ops/indexing.js';
import { concat, reshape, slice, transposeMatrix } from '../ops/layout.js';
import { matMul } from '../ops/matmul.js';
import { reduce } from '../ops/reduce.js';
import type { TermCodes } from '../term-codes.js';
import { groupsOf } from './groups.js';
import { joined, maximaAndPositions } from './maxima.js';

/** Codes of states have 8 bits, with 128 for 0: on their left-hand side ONNX Runtime's products take unsigned codes. */
const LARGEST_CODE = 127;
const ZERO_CODE = 128;

/** The states of a text without tokens are 0 and still need a scale. */
const SMALLEST_SCALE = 2 ** -100;

/** Bounds the rounding of the bias's share. */
const BIAS_ROUNDING = 2 ** -21;

export interface BoundedOptions extends MaxLogitsOptions {
  /** Each group uses the terms that may be positive in one of its texts. */
  readonly maxGroups: number;
}

/** The head: decoder [V, D] and bias [V]. */
export interface Head {
  readonly decoder: Value;
  readonly bias: Value;
  readonly terms: TermCodes;
}

/**
 * The maxima [texts, V] of the logits over the tokens of texts [texts, length, D], and their positions if requested.
 * Where a maximum plus bias is not positive, the maximum may be -Infinity and its position 0.
 *
 * All logits are first computed with quantized states and decoder, as sums of integers. With h^ and w^ for the values
 * that the codes stand for,
 *     h w <= h^ w^ + ||h - h^|| ||w^|| + ||h|| ||w - w^||
 *
 * so most terms of a sparse embedding are known not to be positive. The maxima of the other terms are computed from the
 * original states and decoder.
 *
 * Measured on two cores with VNNI, 32 texts of 64 tokens, D = 384, V = 30,522: the maxima of codes take 55 ms, the
 * maxima of all logits 220 ms. In a trained SPLADE with 97 active terms per text, 243 may be positive by that bound. If
 * all of them may be positive, the whole takes up to 1.6 times as long as all logits.
 */
export function boundedMaxima(states: Value, head: Head, options: BoundedOptions): Value[] {
  const { termsAtATime, maxGroups } = options;
  const bounds = upperBounds(states, head, termsAtATime);
  const [texts = 0, vocabulary = 0] = bounds.shape;
  // A group has fewer texts than the batch, so the same number of logits covers more terms.
  const pieces = vocabularyPieces(vocabulary, termsAtATime * maxGroups).map(({ begin, terms }) => {
    // Not `slice`, which knows whole numbers of texts only.
    const ofPiece = emit('Slice', [bounds, int64s([begin]), int64s([begin + terms]), int64s([1])], {
      type: 'float32',
      shape: [texts, terms],
    });
    const parts = groupsOf([states, ofPiece] as const, maxGroups).map(([group, of]) =>
      maximaIn(group, of, begin, head, options),
    );
    return joined(parts, 0);
  });
  return joined(pieces, 1);
}

/**
 * For each term and text a number [texts, V] that is positive wherever the term's maximum plus bias may be positive: an
 * upper bound in units of both scales.
 */
function upperBounds(states: Value, { terms, bias }: Head, termsAtATime: number): Value {
  const [texts = 0] = states.shape;
  const largest = reduce('ReduceMax', unary('Abs', states), [1, 2], true);
  const atLeast = [div(largest, scalar(LARGEST_CODE, 'float32')), scalar(SMALLEST_SCALE, 'float32')];
  const scales = emit('Max', atLeast, { type: 'float32', shape: largest.shape });
  // In units of the text's scale, squares neither overflow nor vanish.
  const scaled = div(states, scales);
  const codes = unary('Round', scaled);
  const maxima = maximaOfCodes(codes, terms.codes, termsAtATime);

  // Not `reshape`: a group's number of texts is known only at run time.
  const column = emit('Squeeze', [scales, int64s([2])], { type: 'float32', shape: [texts, 1] });
  const longest = (x: Value): Value => reduce('ReduceMax', reduce('ReduceL2', x, [2], false), [1], true);
  const ofTexts = [longest(sub(scaled, codes)), longest(scaled), div(scalar(1, 'float32'), column)];
  const rounding = mul(unary('Abs', bias), scalar(BIAS_ROUNDING, 'float32'));
  const ofTerms = [
    terms.norms,
    terms.errors,
    div(reshape(add(bias, rounding), terms.scales.shape), terms.scales),
  ];
  return add(cast(maxima, 'float32'), matMul(concat(ofTexts, 1), concat(ofTerms, 0)));
}

/** The largest product of the codes of a text's tokens with the codes of each term, int32 [texts, V]. */
function maximaOfCodes(states: Value, codes: Value, termsAtATime: number): Value {
  const [texts = 0, length = 0, width = 0] = states.shape;
  const [vocabulary = 0] = codes.shape;
  const left = cast(add(states, scalar(ZERO_CODE, 'float32')), 'uint8');
  const pieces = vocabularyPieces(vocabulary, termsAtATime).map(({ begin, terms }) => {
    const right = transposeMatrix(slice(codes, [begin, 0], [begin + terms, width]));
    const products = emit('MatMulInteger', [left, right, scalar(ZERO_CODE, 'uint8')], {
      type: 'int32',
      shape: [texts, length, terms],
    });
    return reduce('ReduceMax', products, [1], false);
  });
  return concat(pieces, 1);
}

/**
 * The maxima, and positions if requested, of the terms from `begin` on whose bound [texts, terms] is positive, or NaN, for
 * some text; -Infinity and 0 for the others. The first term is always computed, since ONNX Runtime multiplies no matrices
 * without columns. The number of terms is known only at run time; the recorded shape assumes all of them.
 */
function maximaIn(
  states: Value,
  bounds: Value,
  begin: number,
  { decoder }: Head,
  { positions }: MaxLogitsOptions,
): Value[] {
  const [, terms = 0] = bounds.shape;
  const [, width = 0] = decoder.shape;
  const places = candidatesIn(bounds);
  // Not `transposeMatrix`: with one term it makes a Reshape to the recorded size.
  const weights = emit(
    'Transpose',
    [gather(decoder, add(places, scalar(begin, 'int64')), 0)],
    { type: 'float32', shape: [width, terms] },
    { attributes: { perm: { ints: [1, 0] } } },
  );
  const logits = matMul(states, weights);
  const found = positions ? maximaAndPositions(logits) : [reduce('ReduceMax', logits, [1], false)];
  const sizes = emit('Shape', [found[0]], { type: 'int64', shape: [2] });
  const whole = concat([slice(sizes, [0], [1]), int64s([terms])], 0);
  const columns = emit('Expand', [places, sizes], { type: 'int64', shape: bounds.shape });
  return found.map((x, output) => {
    const spec = { type: x.type, shape: bounds.shape };
    const nothing = emit('Expand', [scalar(output === 0 ? -Infinity : 0, x.type), whole], spec);
    return emit('ScatterElements', [nothing, columns, x], spec, { attributes: { axis: { int: 1 } } });
  });
}

/** The positions in bounds [texts, terms] that are not known to be 0 or less, and always the first position; int64. */
function candidatesIn(bounds: Value): Value {
  const [, terms = 0] = bounds.shape;
  const isZero = cast(compare('LessOrEqual', bounds, scalar(0, 'float32')), 'int32');
  const texts = reduce('ReduceSum', sub(scalar(1, 'int32'), isZero), [0], false);
  const first = int32s(Array.from({ length: terms }, (_, term) => Number(term === 0)));
  const found = emit('NonZero', [add(texts, first)], { type: 'int64', shape: [1, terms] });
  return emit('Squeeze', [found, int64s([0])], { type: 'int64', shape: [terms] });
}
