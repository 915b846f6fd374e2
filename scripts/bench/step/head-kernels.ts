import * as tf from '@tensorflow/tfjs';
import { BACKEND_NAME, type OnnxBackend } from '../../../src/engine/backend.js';
import type { Value } from '../../../src/engine/graph.js';
import { kernel, type Kernel } from '../../../src/engine/kernels/kernel.js';
import { int64s, scalar, zeros } from '../../../src/engine/ops/constants.js';
import { add, cast, compare, mul, where } from '../../../src/engine/ops/elementwise.js';
import { emit } from '../../../src/engine/ops/emit.js';
import { gather, range } from '../../../src/engine/ops/indexing.js';
import { concat, reshape, slice, transposeMatrix } from '../../../src/engine/ops/layout.js';
import { matMul } from '../../../src/engine/ops/matmul.js';
import { argReduce, reduce } from '../../../src/engine/ops/reduce.js';
import { ACTIVE_TERMS_GRADIENT, chunksOf, type HeadOptions, MAX_LOGITS } from './head.js';

/**
 * The maxima are gathered at their positions: ONNX Runtime puts off what only the backward pass needs, and with
 * positions of their own all chunks of the logits would wait for it in memory.
 */
const maxLogits = kernel<'hidden' | 'decoder', HeadOptions>(({ hidden, decoder }, options) => {
  const { length } = options;
  const [terms = 0, width = 0] = decoder.shape;
  const chunks = chunksOf(options).map(({ begin, texts }) => {
    const rows = slice(hidden, [begin * length, 0], [(begin + texts) * length, width]);
    const logits = reshape(matMul(rows, transposeMatrix(decoder)), [texts, length, terms]);
    const positions = argReduce('ArgMax', logits, 1, true);
    const maxima = emit(
      'GatherElements',
      [logits, positions],
      { type: 'float32', shape: [texts, 1, terms] },
      { attributes: { axis: { int: 1 } } },
    );
    // ArgMax passes over NaN, which a text's states hand on this way.
    const sum = reduce('ReduceSum', reshape(rows, [texts, length * width]), [1], true);
    const guarded = add(reshape(maxima, [texts, terms]), mul(sum, scalar(0, 'float32')));
    return { maxima: guarded, positions: cast(reshape(positions, [texts, terms]), 'int32') };
  });
  return [
    concat(
      chunks.map(({ maxima }) => maxima),
      0,
    ),
    concat(
      chunks.map(({ positions }) => positions),
      0,
    ),
  ];
});

/**
 * The gradient of `maxLogits` through the terms that are active in some text. With U of them,
 *
 *     d logits [texts length, U] = d maximum at its position, 0 elsewhere
 *     d hidden = d logits decoder[U],   d decoder[U] = d logits^T hidden
 *
 * which for U = V is the dense form. Measured for 32 texts of 64 tokens and 300 active terms a text, U = 3,200:
 * a seventh of the dense form's time. Other ways to the same were slower or wrong:
 *
 * - ScatterND that adds loses sums where rows repeat (several threads write them); a chain of one ScatterND a text,
 *   whose rows are different, copies the decoder's 47 MB at each; ScatterElements adds 9,600 rows in 100 ms, on one
 *   thread.
 * - Products of each text's own terms are fewer operations, but their sum over the texts needs one of these.
 */
const activeTermsGradient = kernel<'dy' | 'positions' | 'hidden' | 'decoder', HeadOptions>(
  ({ dy, positions, hidden, decoder }, { texts, length }) => {
    const [terms = 0] = decoder.shape;
    // NaN counts as active. ONNX Runtime multiplies no matrices without columns, so the first term always takes part.
    const nonzero = cast(compare('Equal', dy, scalar(0, 'float32')), 'int32');
    const isInactive = reduce('ReduceMin', nonzero, [0], false);
    const isFirst = compare('Equal', range(terms), scalar(0, 'int32'));
    const isActive = compare('Or', compare('Equal', isInactive, scalar(0, 'int32')), isFirst);
    // How many there are is known at run time: to the recorder it is all of them.
    const found = emit('NonZero', [isActive], { type: 'int64', shape: [1, terms] });
    const active = emit('Squeeze', [found, int64s([0])], { type: 'int64', shape: [terms] });

    const columns = (x: Value): Value =>
      emit('Unsqueeze', [gather(x, active, 1), int64s([1])], { type: x.type, shape: [texts, 1, terms] });
    const isPlace = compare('Equal', columns(positions), reshape(range(length), [1, length, 1]));
    const dLogits3 = where(isPlace, columns(dy), scalar(0, 'float32'));
    const dLogits = emit('Reshape', [dLogits3, int64s([texts * length, -1])], {
      type: 'float32',
      shape: [texts * length, terms],
    });

    const dHidden = matMul(dLogits, gather(decoder, active, 0));
    const dRows = matMul(transposeMatrix(dLogits), hidden);
    const rows = emit('Unsqueeze', [active, int64s([1])], { type: 'int64', shape: [terms, 1] });
    const dDecoder = emit('ScatterND', [zeros(decoder.shape, 'float32'), rows, dRows], {
      type: 'float32',
      shape: decoder.shape,
    });
    return [dHidden, dDecoder];
  },
);

const HEAD_KERNELS: Readonly<Record<string, Kernel>> = {
  [MAX_LOGITS]: maxLogits,
  [ACTIVE_TERMS_GRADIENT]: activeTermsGradient,
};

/** Adds the head's kernels to the onnx engine. */
export function registerHeadKernels(): void {
  for (const [kernelName, record] of Object.entries(HEAD_KERNELS)) {
    if (tf.getKernel(kernelName, BACKEND_NAME) !== undefined) continue;
    const kernelFunc: tf.KernelFunc = ({ inputs, attrs, backend }) =>
      (backend as OnnxBackend).run(kernelName, record, inputs, attrs ?? {}, kernelFunc);
    tf.registerKernel({ kernelName, backendName: BACKEND_NAME, kernelFunc });
  }
}
