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
import { add, cast, compare, where } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { gather, range } from '../ops/indexing.js';
import { concat, reshape, slice, transposeMatrix } from '../ops/layout.js';
import { matMul } from '../ops/matmul.js';
import { after } from '../ops/order.js';
import { argReduce, reduce } from '../ops/reduce.js';
import { groupsOf } from './groups.js';
import { kernel, type Kernel } from './kernel.js';

/**
 * Products of 8 or of 32 texts with the same terms are not equally fast: ONNX Runtime computes 128 columns of a product
 * at a time, in several passes over all of its rows, which have to stay in a cache.
 */
const MAX_GROUPS = 4;

/**
 * Measured on two cores, 32 texts of 64 tokens, D = 384, V = 30,522: the product takes 280 to 300 ms with the decoder as
 * [V, D], read transposed, and 560 ms as [D, V], unless that is a constant of the model. [V, D] x states^T takes 420 ms,
 * and only 15 ms of that come back in the maximum.
 *
 * On one thread, for 32 texts of 64 and of 128 tokens, beside the fastest groups of texts with all terms at a time:
 *
 *     4 groups, pieces of 2,000 terms                             0.98 and 1.00 of the time
 *     the same with the decoder as a constant of the model        0.86 and 0.98
 *     one group, pieces of 2,000 terms                            1.03 and 1.53
 *
 * One text of 16 tokens, on two threads, takes 1.6 of the time in pieces, which copy the decoder, unless it is a constant.
 */
const maxLogits = kernel<'states' | 'decoder', MaxLogitsOptions>(({ states, decoder }, options) =>
  maximaOf(states, decoder, options),
);

/** The maxima [texts, V] of the logits over the tokens, and, if asked for, their positions. */
export function maximaOf(
  states: Value,
  decoder: Value,
  { termsAtATime, positions }: MaxLogitsOptions,
): Value[] {
  const [vocabulary = 0, width = 0] = decoder.shape;
  const groups = groupsOf([states], currentLowering().portable === true ? 1 : MAX_GROUPS);
  const pieces = vocabularyPieces(vocabulary, termsAtATime).map(({ begin, terms }) => {
    const weight = transposeMatrix(slice(decoder, [begin, 0], [begin + terms, width]));
    const parts = groups.map(([group]) => {
      const logits = matMul(group, weight);
      return positions ? maximaAndPositions(logits) : [reduce('ReduceMax', logits, [1], false)];
    });
    return joined(parts, 0);
  });
  return joined(pieces, 1);
}

/** The first outputs of all parts as one tensor, and the second ones. */
function joined(parts: readonly (readonly Value[])[], axis: number): Value[] {
  return (parts[0] ?? []).map((_, output) =>
    concat(
      parts.map((part) => part[output] as Value),
      axis,
    ),
  );
}

/**
 * The maxima are gathered at their positions: ONNX Runtime puts off what only the backward pass needs, and with
 * positions of their own all pieces of the logits would wait for it in memory.
 */
function maximaAndPositions(logits: Value): [maxima: Value, positions: Value] {
  const [texts = 0, , terms = 0] = logits.shape;
  const positions = argReduce('ArgMax', logits, 1, true);
  const maxima = emit(
    'GatherElements',
    [logits, positions],
    { type: 'float32', shape: [texts, 1, terms] },
    { attributes: { axis: { int: 1 } } },
  );
  const squeezed = (x: Value): Value =>
    emit('Squeeze', [x, int64s([1])], { type: x.type, shape: [texts, terms] });
  return [squeezed(maxima), cast(squeezed(positions), 'int32')];
}

/**
 * The gradient of `maxLogits` through the terms that are active in some text. With U of them,
 *
 *     d logits [texts length, U] = d maximum at its position, 0 elsewhere
 *     d states = d logits decoder[U],   d decoder[U] = d logits^T states
 *
 * which for U = V is the dense form. Forward and backward, 16 texts of 64 tokens, one thread, beside the dense products:
 * 0.39 of the time for U = 3,200, 0.56 for 12,000, 1.05 for all 30,522, which is too little for a choice at run time.
 * Other ways to the same were slower or wrong:
 *
 * - ScatterND that adds loses sums where rows repeat (several threads write them); a chain of one ScatterND a text,
 *   whose rows are different, copies the decoder's 47 MB at each; ScatterElements adds 9,600 rows in 100 ms, on one
 *   thread.
 * - Products of each text's own terms are fewer operations, but their sum over the texts needs one of these.
 */
const maxLogitsGradient = kernel<'dy' | 'positions' | 'states' | 'decoder', MaxLogitsGradientOptions>(
  ({ dy, positions, states, decoder }, { termsAtATime }) => {
    const [texts = 0, length = 0, width = 0] = states.shape;
    const [vocabulary = 0] = decoder.shape;
    const rows = reshape(states, [texts * length, width]);
    const places = reshape(range(length), [1, length, 1]);
    const pieces = vocabularyPieces(vocabulary, termsAtATime);
    const isActive = activeTerms(dy, pieces);

    let dRows: Value | undefined;
    const found = pieces.map((piece) => {
      const active = positionsOf(isActive, piece);
      const { terms } = piece;
      const columns = (x: Value): Value =>
        emit('Unsqueeze', [gather(x, active, 1), int64s([1])], { type: x.type, shape: [texts, 1, terms] });
      const isPlace = compare('Equal', columns(positions), places);
      const dMaxima = dRows === undefined ? columns(dy) : after(columns(dy), dRows);
      const dLogits3 = where(isPlace, dMaxima, scalar(0, 'float32'));
      const dLogits = emit('Reshape', [dLogits3, int64s([texts * length, -1])], {
        type: 'float32',
        shape: [texts * length, terms],
      });
      // Not `transposeMatrix`, which makes a Reshape to the recorded size of it where there is one token.
      const transposed = emit(
        'Transpose',
        [dLogits],
        { type: 'float32', shape: [terms, texts * length] },
        { attributes: { perm: { ints: [1, 0] } } },
      );
      const dWeights = matMul(transposed, rows);
      const part = after(matMul(dLogits, gather(decoder, active, 0)), dWeights);
      dRows = dRows === undefined ? part : add(dRows, part);
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
    const dDecoder = emit('ScatterND', [zeros(decoder.shape, 'float32'), indices, dWeights], {
      type: 'float32',
      shape: decoder.shape,
    });
    return [reshape(dRows ?? zeros(rows.shape, 'float32'), states.shape), dDecoder];
  },
);

/**
 * Whether a maximum of the term has a gradient in some text, bool [V]; NaN counts. ONNX Runtime multiplies no matrices
 * without columns, so the first term of each piece always takes part.
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

/** The active terms of a piece, int64. How many there are is known at run time: to the recorder it is all of them. */
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
