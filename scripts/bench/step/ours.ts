import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { AdamW, compile, elementsOf, setEngine, tensorOver } from '../../../src/index.js';
import { spladeLoss } from './loss.js';
import { StepCase } from './spec.js';
import { initialValues, tokenColumn, weightSpecs } from './weights.js';

/** Forward, backward, clipping of the gradient and AdamW; returns the loss before the update. */
type Step = () => Promise<number>;

async function prepareStep(spec: StepCase, threads: number): Promise<Step> {
  await setEngine('onnx', { threads });
  const specs = weightSpecs(spec);
  const { learningRate, weightDecay, maxGradientNorm } = spec;
  const optimizer = new AdamW(
    specs.map((weight, index) => initialValues(weight, index, spec)),
    { learningRate, weightDecay, maxGradientNorm },
  );
  // The tensors read the optimizer's memory: they hold what each update leaves there.
  const weights = specs.map(({ shape }, i) => tensorOver(optimizer.parameters[i] as Float32Array, shape));
  const shape: [number, number] = [2 * spec.pairs, spec.length];
  const ids = [0, 1].flatMap((column) => [...tokenColumn(column, spec)]);
  const texts = { inputIds: tf.tensor2d(ids, shape, 'int32'), attentionMask: tf.ones(shape, 'int32') };

  const loss = spladeLoss(spec);
  const lossAndGradients = compile(
    (tensors: tf.Tensor[], { inputIds, attentionMask }: typeof texts) =>
      tf.valueAndGrads((...all: tf.Tensor[]) => {
        const named = Object.fromEntries(specs.map(({ name }, i) => [name, all[i] as tf.Tensor]));
        return loss(named, { inputIds, attentionMask: attentionMask as tf.Tensor2D });
      })(tensors),
    { name: 'SPLADE training step' },
  );
  return async () => {
    const { value, grads } = await lossAndGradients(weights, texts);
    optimizer.step(grads.map((gradient) => elementsOf(gradient) as Float32Array));
    const [result = Number.NaN] = elementsOf(value);
    tf.dispose([value, grads]);
    return result;
  };
}

const peakMiB = (): number => process.resourceUsage().maxRSS / 1024;

const Request = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('prepare'), row: StepCase, threads: z.number() }),
  z.object({ kind: z.literal('round') }),
  z.object({ kind: z.literal('finish') }),
]);

let prepared: { step: Step; value: number } | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const request = Request.parse(JSON.parse(line));
  if (request.kind === 'prepare') {
    const startMiB = peakMiB();
    const step = await prepareStep(request.row, request.threads);
    let value = Number.NaN;
    for (let i = 0; i < request.row.valueStep; i++) value = await step();
    prepared = { step, value };
    answer({ engine: `tfjs ${tf.version.tfjs} onnx engine`, threads: request.threads, startMiB });
  } else if (request.kind === 'finish') {
    answer({ peakMiB: peakMiB() });
  } else {
    if (prepared === undefined) throw new Error('a round was asked for before prepare');
    const start = performance.now();
    await prepared.step();
    answer({ ms: performance.now() - start, value: prepared.value });
  }
}

function answer(message: Record<string, string | number>): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
