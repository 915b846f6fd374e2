import type { LogSoftmaxAttrs, SoftmaxAttrs, TopKAttrs } from '@tensorflow/tfjs';
import type { Value } from '../graph.js';
import { int64s, isEmpty, zeros } from '../ops/constants.js';
import { numeric } from '../ops/convert.js';
import { cast } from '../ops/elementwise.js';
import { emitAll } from '../ops/emit.js';
import { softmax } from '../ops/softmax.js';
import { kernel, type Kernel } from './kernel.js';

/**
 * The k greatest elements of the last axis and their positions, in descending order; equal elements in order of
 * position.
 */
function topK(x: Value, k: number): Value[] {
  const shape = [...x.shape.slice(0, -1), k];
  // A tensor without elements makes ONNX Runtime end the process.
  if (k === 0 || isEmpty(x)) return [zeros(shape, x.type), zeros(shape, 'int32')];
  const comparable = numeric(x);
  const [values, positions] = emitAll(
    'TopK',
    [comparable, int64s([k])],
    [
      { type: comparable.type, shape },
      { type: 'int64', shape },
    ],
  ) as [Value, Value];
  return [cast(values, x.type), cast(positions, 'int32')];
}

export const SOFTMAX: Record<string, Kernel> = {
  Softmax: kernel<'logits', SoftmaxAttrs>(({ logits }, { dim }) =>
    softmax('Softmax', cast(logits, 'float32'), dim),
  ),
  LogSoftmax: kernel<'logits', LogSoftmaxAttrs>(({ logits }, { axis }) =>
    softmax('LogSoftmax', cast(logits, 'float32'), axis),
  ),
  TopK: kernel<'x', TopKAttrs>(({ x }, { k }) => topK(x, k)),
};
