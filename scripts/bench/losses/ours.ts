import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { ENGINES } from '../../../src/api/engine.js';
import {
  FlopsLoss,
  SpladeLoss,
  totalLoss,
  type BaseLoss,
  type EmbeddingModel,
} from '../../../src/api/losses.js';
import { compile, setEngine } from '../../../src/index.js';
import { BASE_LOSSES } from '../../../src/losses/losses.js';
import { peakMiB, type Round, serve } from '../serve.js';
import { LossCase } from './cases.js';
import { spladeLikeColumn, teacherLabels } from './data.js';

/** A model whose features are already embedded, for losses that take a model. */
const embedded: EmbeddingModel = { forward: (features) => features };

const bases: Readonly<Record<string, new (model: EmbeddingModel) => BaseLoss>> = BASE_LOSSES;

type LossFunction = (embeddings: tf.Tensor2D[], labels: tf.Tensor | undefined) => tf.Scalar;

function lossFunction({ loss, splade }: LossCase): LossFunction {
  if (loss === 'FlopsLoss') {
    const flops = new FlopsLoss(embedded);
    return ([embeddings]) => {
      if (embeddings === undefined) throw new RangeError('FlopsLoss expects one column');
      return flops.computeLossFromEmbeddings(embeddings);
    };
  }
  const Base = bases[loss];
  if (Base === undefined) {
    throw new RangeError(`no loss ${loss}; expected ${Object.keys(bases).join(', ')}`);
  }
  const base = new Base(embedded);
  if (!splade) {
    return (embeddings, labels) => totalLoss(base.computeLossFromEmbeddings(embeddings, labels));
  }
  const wrapped = new SpladeLoss(embedded, {
    loss: base,
    documentRegularizerWeight: 3e-5,
    queryRegularizerWeight: 5e-5,
  });
  return (embeddings, labels) =>
    totalLoss(
      wrapped.forward(
        embeddings.map((sentenceEmbedding) => ({ sentenceEmbedding })),
        labels,
      ),
    );
}

/** Prepares a case; the function it returns is one round: the value and the gradient to every embedding. */
function prepareCase(spec: LossCase): () => Promise<Round> {
  const compute = lossFunction(spec);
  const embeddings = spec.columns.map((active, column) =>
    tf.tensor2d(spladeLikeColumn(active, column, spec), [spec.batch, spec.dimensions]),
  );
  const teacher = teacherLabels(spec.labels, spec);
  const labels = teacher && tf.tensor(teacher.values, teacher.shape);
  const step = compile(
    (columns: tf.Tensor2D[], scores: tf.Tensor | undefined) =>
      tf.valueAndGrads((...each: tf.Tensor[]) => compute(each as tf.Tensor2D[], scores))(columns),
    { name: spec.loss },
  );
  return async () => {
    const start = performance.now();
    // If a backend computes at once, both have been computed now; otherwise the program has run.
    const { value, grads } = await step(embeddings, labels);
    const [loss = Number.NaN] = await value.data();
    const ms = performance.now() - start;
    tf.dispose([value, grads]);
    return { ms, value: loss };
  };
}

const EngineName = z.enum(ENGINES);

const engine = EngineName.parse(process.env['BENCH_ENGINE'] ?? 'onnx');

await serve(LossCase, async (row, threads) => {
  const startMiB = peakMiB();
  await setEngine(engine, engine === 'onnx' ? { threads } : undefined);
  const round = prepareCase(row);
  return { engine: `${engine} engine`, threads: engine === 'cpu' ? 1 : threads, startMiB, round };
});
