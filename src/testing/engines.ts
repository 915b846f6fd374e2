import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect } from 'vitest';
import { registerOnnxBackend } from '../engine/register.js';
import type { KernelCall, PlainTensor } from './kernel-cases.js';

registerOnnxBackend();

interface Outcome {
  readonly outputs: readonly PlainTensor[];
  /** With respect to each float input, where asked for. */
  readonly gradients: readonly PlainTensor[];
}

export interface Agreement {
  readonly calls: fc.Arbitrary<KernelCall>;
  /** Whether gradients are compared too; where not, tfjs has none. */
  readonly gradient?: boolean;
  /** How far elements may be apart, relative to their size; by default they are the same, to the sign of 0. */
  readonly tolerance?: number;
}

/** Runs generated calls on tfjs's cpu backend and on the onnx engine, and expects the same of both. */
export async function expectAgreement(
  { calls, gradient = false, tolerance }: Agreement,
  numRuns: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(calls, async (call) => {
      const expected = await outcomeOn('cpu', call, gradient).catch(() => undefined);
      // What tfjs refuses is no case; with many of those fast-check fails.
      fc.pre(expected !== undefined);
      const found = await outcomeOn('onnx', call, gradient);
      if (tolerance !== undefined) alignWithin(tolerance, found, expected);
      expect(found).toEqual(expected);
    }),
    { numRuns, interruptAfterTimeLimit: 60_000 },
  );
}

/** Puts expected elements in the place of found ones that are near enough. */
function alignWithin(tolerance: number, found: Outcome, expected: Outcome): void {
  for (const kind of ['outputs', 'gradients'] as const) {
    found[kind].forEach(({ values }, index) => {
      const wanted = expected[kind][index]?.values ?? [];
      values.forEach((value, at) => {
        const target = wanted[at] ?? Number.NaN;
        if (Math.abs(value - target) <= tolerance * Math.max(1, Math.abs(target))) values[at] = target;
      });
    });
  }
}

/** What an engine makes of a call, and of the gradients of its outputs taken together. */
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
    // One after the other would be one program each.
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
