import {
  MAX_LOGITS,
  MAX_LOGITS_GRADIENT,
  type MaxLogitsGradientOptions,
  type MaxLogitsOptions,
} from '../../ops/max-logits.js';
import { AFTER } from '../../ops/order.js';
import { type Piece, vocabularyPieces } from '../../ops/vocabulary-pieces.js';
import type { Value } from '../graph.js';
import { currentLowering } from '../lowering.js';
import { int64s, scalar, zeros } from '../ops/constants.js';
import { add, cast, compare } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { gather, range } from '../ops/indexing.js';
import { concat, slice, transposeMatrix } from '../ops/layout.js';
import { matMul } from '../ops/matmul.js';
import { after } from '../ops/order.js';
import { reduce } from '../ops/reduce.js';
import { boundedMaxima } from './bounded-maxima.js';
import { groupsOf } from './groups.js';
import { kernel, type Kernel } from './kernel.js';
import { joined, maximaAndPositions } from './maxima.js';

/**
 * Products of 8 and of 32 texts with the same terms differ in speed: ONNX Runtime computes 128 columns of a product at
 * a time, in several passes over all rows, and the rows have to stay in a cache.
 */
const MAX_GROUPS = 4;

/**
 * Measured on two cores, 32 texts of 64 tokens, D = 384, V = 30,522: the product takes 280 to 300 ms with the decoder
 * as [V, D], read transposed. With [D, V] it takes 560 ms, unless the decoder is a constant of the model. [V, D] x
 * states^T takes 420 ms, and the maximum regains only 15 ms of that.
 *
 * On one thread, for 32 texts of 64 and of 128 tokens, relative to the fastest grouping of texts with all terms at
 * once:
 *
 *     4 groups, pieces of 2,000 terms                             0.98 and 1.00 of the time
 *     the same with the decoder as a constant of the model        0.86 and 0.98
 *     one group, pieces of 2,000 terms                            1.03 and 1.53
 *
 * On two threads, one text of 16 tokens takes 1.6 times as long in pieces, which copy the decoder, unless it is a
 * constant.
 */
const maxLogits = kernel<'states' | 'decoder', MaxLogitsOptions, 'bias'>(
  ({ states, decoder, bias }, options) => {
    const { portable = false, quantized } = currentLowering();
    const terms = bias && quantized?.(decoder);
    if (bias !== undefined && terms !== undefined) {
      // More groups compute fewer logits but read the decoder more often.
      return boundedMaxima(states, { decoder, bias, terms }, { ...options, maxGroups: 8 });
    }
    const groups = groupsOf([states], portable ? 1 : MAX_GROUPS);
    return maximaOfGroups(
      groups.map(([group]) => group),
      decoder,
      options,
    );
  },
);

/** The maxima [texts, V] of the logits over the tokens of texts [texts, length, D] and, if requested, their positions. */
export function maximaOfGroups(
  groups: readonly Value[],
  decoder: Value,
  { termsAtATime, positions }: MaxLogitsOptions,
): Value[] {
  const [vocabulary = 0, width = 0] = decoder.shape;
  const pieces = vocabularyPieces(vocabulary, termsAtATime).map(({ begin, terms }) => {
    const weight = transposeMatrix(slice(decoder, [begin, 0], [begin + terms, width]));
    const parts = groups.map((group) => {
      const logits = matMul(group, weight);
      return positions ? maximaAndPositions(logits) : [reduce('ReduceMax', logits, [1], false)];
    });
    return joined(parts, 0);
  });
  return joined(pieces, 1);
}

/**
 * The gradient of `maxLogits` through the terms that are active in some text. With U such terms,
 *
 *     d logits [texts length, U] = d maximum at its position, 0 elsewhere
 *     d states = d logits decoder[U],   d decoder[U] = d logits^T states
 *
 * which for U = V is the dense form. Measured forward and backward, 16 texts of 64 tokens, one thread, relative to the
 * dense products:
 * 0.39 of the time for U = 3,200, 0.56 for 12,000, 1.05 for all 30,522. The last is too close to 1 to choose at run
 * time.
 * Alternatives were slower or wrong:
 *
 * - ScatterND with addition loses sums where rows repeat, since several threads write them. A chain with one ScatterND
 *   per text, each with distinct rows, copies the decoder's 47 MB every time. ScatterElements adds 9,600 rows in 100
 *   ms, on one thread.
 * - Products with each text's own terms are fewer operations, but summing them over the texts needs one of the above.
 */
const maxLogitsGradient = kernel<'dy' | 'rows' | 'states' | 'decoder', MaxLogitsGradientOptions>(
  ({ dy, rows, states, decoder }, { termsAtATime }) => {
    const [vocabulary = 0] = decoder.shape;
    const pieces = vocabularyPieces(vocabulary, termsAtATime);
    const isActive = activeTerms(dy, pieces);

    let dStates: Value | undefined;
    const found = pieces.map((piece) => {
      const active = positionsOf(isActive, piece);
      const ofActive = dStates === undefined ? gather(dy, active, 1) : after(gather(dy, active, 1), dStates);
      const dLogits = spreadRows(ofActive, gather(rows, active, 1), states);
      // Not `transposeMatrix`: with one token it makes a Reshape to the recorded size.
      const transposed = emit(
        'Transpose',
        [dLogits],
        { type: 'float32', shape: dLogits.shape.toReversed() },
        { attributes: { perm: { ints: [1, 0] } } },
      );
      const dWeights = matMul(transposed, states);
      const part = after(matMul(dLogits, gather(decoder, active, 0)), dWeights);
      dStates = dStates === undefined ? part : add(dStates, part);
      return { active, dWeights };
    });

    const active = concat(
      found.map((piece) => piece.active),
      0,
    );
    const dWeights = concat(
      found.map((piece) => piece.dWeights),
      0,
    );
    const indices = emit('Unsqueeze', [active, int64s([1])], { type: 'int64', shape: [vocabulary, 1] });
    // The terms differ, so no two threads add to the same row.
    const dDecoder = emit(
      'ScatterND',
      [zeros(decoder.shape, 'float32'), indices, dWeights],
      { type: 'float32', shape: decoder.shape },
      { attributes: { reduction: { string: 'add' } } },
    );
    return [dStates ?? zeros(states.shape, 'float32'), dDecoder];
  },
);

/**
 * [rows of `states`, terms]: each element of x [texts, terms] at its row, 0 elsewhere. Texts have different rows, except one
 * without tokens, whose elements are 0: it has the row of another text, so elements are added.
 */
function spreadRows(x: Value, rows: Value, states: Value): Value {
  const [count = 0] = states.shape;
  const [, terms = 0] = x.shape;
  const attributes = { start: { int: 0 }, end: { int: 1 } };
  const height = emit('Shape', [states], { type: 'int64', shape: [1] }, { attributes });
  // The number of terms is known only at run time.
  const width = emit('Shape', [x], { type: 'int64', shape: [1] }, { attributes: { start: { int: 1 } } });
  const shape = [count, terms];
  const nothing = emit('Expand', [scalar(0, 'float32'), concat([height, width], 0)], {
    type: 'float32',
    shape,
  });
  return emit(
    'ScatterElements',
    [nothing, rows, x],
    { type: 'float32', shape },
    { attributes: { axis: { int: 0 }, reduction: { string: 'add' } } },
  );
}

/**
 * Whether a maximum of the term has a gradient in some text, bool [V]; NaN counts as one. ONNX Runtime multiplies no
 * matrices without columns, so the first term of each piece always takes part.
 */
function activeTerms(dy: Value, pieces: readonly Piece[]): Value {
  const isZero = cast(compare('Equal', dy, scalar(0, 'float32')), 'int32');
  const isInactive = reduce('ReduceMin', isZero, [0], false);
  const [{ terms: step } = { terms: 1 }] = pieces;
  const places = range(dy.shape[1] ?? 0);
  const place = emit('Mod', [places, scalar(step, 'int32')], { type: 'int32', shape: places.shape });
  const isZeroth = (x: Value): Value => compare('Equal', x, scalar(0, 'int32'));
  return compare('Or', isZeroth(isInactive), isZeroth(place));
}

/**
 * The active terms of a piece, int64. Their number is known only at run time; the recorded shape assumes all of them.
 */
function positionsOf(isActive: Value, { begin, terms }: Piece): Value {
  const piece = slice(isActive, [begin], [begin + terms]);
  const found = emit('NonZero', [piece], { type: 'int64', shape: [1, terms] });
  const positions = emit('Squeeze', [found, int64s([0])], { type: 'int64', shape: [terms] });
  return add(positions, scalar(begin, 'int64'));
}

export const HEAD: Record<string, Kernel> = {
  [MAX_LOGITS]: maxLogits,
  [MAX_LOGITS_GRADIENT]: maxLogitsGradient,
  [AFTER]: kernel<'x' | 'other'>(({ x, other }) => after(x, other)),
};
