import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { registerOnnxBackend } from '../engine/register.js';
import type { KernelCall, PlainTensor } from './kernel-cases.js';
import { align, withinTolerance, withinUlps } from './nearness.js';

registerOnnxBackend();

export interface Outcome {
  readonly outputs: readonly PlainTensor[];
  /** The gradients with respect to each float input, if requested. */
  readonly gradients: readonly PlainTensor[];
}

export interface Agreement {
  readonly calls: fc.Arbitrary<KernelCall>;
  /** Whether gradients are compared too. If not, tfjs has none. */
  readonly gradient?: boolean;
  /** The allowed difference of elements, relative to their size. By default they must be equal, including the sign of 0. */
  readonly tolerance?: number;
  /** The allowed difference in units in the last place, instead of `tolerance`. 0 only ignores the sign of 0. */
  readonly ulps?: number;
}

/** Runs generated calls on the onnx engine and on tfjs's cpu backend. `compare` must throw if the results differ. */
export function sameOnBoth(
  { calls, gradient = false, tolerance, ulps }: Agreement,
  compare: (onnx: Outcome, cpu: Outcome) => void,
): fc.IAsyncProperty<[KernelCall]> {
  return fc.asyncProperty(calls, async (call) => {
    const expected = await outcomeOn('cpu', call, gradient).catch(() => undefined);
    // A call that tfjs rejects is not a case. With many of these, fast-check fails.
    if (expected === undefined) return fc.pre(false);
    const found = await outcomeOn('onnx', call, gradient);
    const within = tolerance === undefined ? undefined : withinTolerance(tolerance);
    const outputsWithin = ulps === undefined ? within : withinUlps(ulps);
    if (outputsWithin) align(found.outputs, expected.outputs, outputsWithin);
    if (within) align(found.gradients, expected.gradients, within);
    compare(found, expected);
  });
}

/** An engine's results for a call, and the gradients of the sum of its outputs. */
async function outcomeOn(
  engine: 'cpu' | 'onnx',
  { inputs, run }: KernelCall,
  withGradients: boolean,
): Promise<Outcome> {
  await tf.setBackend(engine);
  tf.engine().startScope();
  try {
    const tensors = inputs.map(({ values, shape, type }) => tf.tensor([...values], [...shape], type));
    const outputs = [run(...tensors)].flat();
    const gradients = withGradients ? gradientsOf(tensors, run) : [];
    // Reading one after the other would make one program for each.
    const [plainOutputs, plainGradients] = await Promise.all([
      Promise.all(outputs.map(plain)),
      Promise.all(gradients.map(plain)),
    ]);
    return { outputs: plainOutputs, gradients: plainGradients };
  } finally {
    tf.engine().endScope();
  }
}

function gradientsOf(tensors: readonly tf.Tensor[], run: KernelCall['run']): tf.Tensor[] {
  const floats = tensors.filter(({ dtype }) => dtype === 'float32');
  if (floats.length === 0) return [];
  const joined = (...given: tf.Tensor[]): tf.Tensor => {
    const queue = [...given];
    const all = tensors.map((tensor) => (tensor.dtype === 'float32' ? (queue.shift() as tf.Tensor) : tensor));
    const outputs = [run(...all)].flat();
    return outputs.length === 1
      ? (outputs[0] as tf.Tensor)
      : tf.concat(outputs.map((output) => output.reshape([output.size])));
  };
  const { size, shape } = joined(...floats);
  const weights = tf.tensor(
    Array.from({ length: size }, (_, index) => (index % 7) - 3),
    shape,
  );
  return tf.grads(joined)(floats, weights);
}

async function plain(tensor: tf.Tensor): Promise<PlainTensor> {
  return {
    type: tensor.dtype as PlainTensor['type'],
    shape: tensor.shape,
    values: Array.from(await tensor.data()),
  };
}
