// @module-tag slow
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SparseEncoder } from '../../encoder/sparse-encoder.js';
import type { Features } from '../../features.js';
import { CSRLoss } from '../../losses/csr-loss.js';
import type { Loss } from '../../losses/loss.js';
import { SparseMultipleNegativesRankingLoss } from '../../losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../../losses/splade-loss.js';
import { seededDropout } from '../../modules/dropout.js';
import { spladePooling } from '../../modules/splade-pooling.js';
import { transformerKind } from '../../modules/transformer/transformer.js';
import { modelFixture } from '../../testing/new-encoders.js';
import { TINY_CASES, type TinyCase } from '../../testing/tiny-cases.js';
import { tinyParameters } from '../../testing/tiny-checkpoints.js';
import { furthest, gradientsOf, randomColumn } from '../../testing/training-steps.js';
import { compile } from '../compile/compile.js';
import { sharedRuntime } from '../runtime/runtime.js';
import { setEngine } from '../set-engine.js';

beforeAll(() => setEngine('onnx'));
afterAll(() => setEngine('onnx'));

/** Batch, tokens of a query, tokens of a document: 1, and sizes of the models (16 or 32 wide, 2 or 4 heads). */
const SIZES = [
  [2, 16, 1],
  [1, 1, 5],
] as const;

const DIMENSIONS = ['queryLength', 'documentLength'].flatMap((length) => [
  ['batch', length],
  ['batch', length],
]);

interface Subject {
  readonly vocabulary: number;
  readonly model: Parameters<typeof gradientsOf>[1];
  readonly loss: Loss;
  dispose(): void | Promise<void>;
}

function batch(subject: Subject, [texts, query, document]: readonly [number, number, number]): Features[] {
  return [
    { ...randomColumn(1, texts, query, subject.vocabulary), task: 'query' },
    { ...randomColumn(2, texts, document, subject.vocabulary), task: 'document' },
  ];
}

/** Sums in another order round differently, in gradients with many terms. */
const ROUNDING = 2e-4;
/** Clipped gradients have the norm 0.1. Smaller numbers are what rounding leaves of terms that cancel. */
const FLOOR = 1e-4;

async function worst(subject: Subject): Promise<number[]> {
  const step = (columns: Features[]): tf.Tensor[] =>
    gradientsOf(() => subject.loss.forward(columns), subject.model);
  const general = compile(step, { name: 'general', dimensions: DIMENSIONS });
  const distances: number[] = [];
  for (const sizes of SIZES) {
    const columns = batch(subject, sizes);
    const fixed = compile(step, { name: 'fixed' });
    const found = await general(columns);
    const expected = await fixed(columns);
    distances.push(await furthest(found, expected, FLOOR));
    tf.dispose([found, expected]);
    columns.forEach(({ inputIds, attentionMask }) => tf.dispose([inputIds, attentionMask]));
    await fixed.dispose();
    expect(sharedRuntime().sessions.size).toBe(1);
  }
  await general.dispose();
  return distances;
}

async function fixture(name: string): Promise<Subject> {
  const encoder = await SparseEncoder.load(modelFixture(name));
  encoder.mode = 'train';
  const base = new SparseMultipleNegativesRankingLoss(encoder);
  const weights = { documentRegularizerWeight: 0.1, queryRegularizerWeight: 0.1 };
  return {
    vocabulary: encoder.tokenizer.vocabularySize,
    model: encoder,
    loss: name.startsWith('csr')
      ? new CSRLoss(encoder, { loss: base })
      : new SpladeLoss(encoder, { loss: base, ...weights }),
    dispose: () => encoder.dispose(),
  };
}

function architecture(modelConfig: Readonly<Record<string, unknown>>): Subject {
  const config = transformerKind.readConfig({ transformer_task: 'fill-mask' }, { modelConfig });
  const parameters = tinyParameters(transformerKind.parameters(config));
  const modules = [transformerKind.create(config, parameters), spladePooling()];
  const dropout = seededDropout(1);
  const variables = parameters.entries().map(([, variable]) => variable);
  const model = {
    forward: (features: Features) =>
      modules.reduce((now, module) => module.forward(now, { mode: 'train', dropout }), features),
    trainableVariables: () => variables,
    captureRandomState: () => dropout.capture(),
  };
  const loss = new SparseMultipleNegativesRankingLoss(model);
  return {
    vocabulary: Number(modelConfig['vocab_size']),
    model,
    loss: new SpladeLoss(model, { loss, documentRegularizerWeight: 0.1, queryRegularizerWeight: 0.1 }),
    dispose: () => tf.dispose(variables),
  };
}

describe('a training step with named dimensions equals at every size one recorded for that size', () => {
  const fixtures = ['splade-bert', 'splade-sum', 'csr-deep', 'inference-free'];

  it.each(fixtures)('with the model %s', async (name) => {
    const subject = await fixture(name);
    expect(Math.max(...(await worst(subject)))).toBeLessThan(ROUNDING);
    await subject.dispose();
  });

  const kindOf = ({ config }: TinyCase): unknown => config['model_type'];
  const architectures = TINY_CASES.filter(
    (one, at) => at === TINY_CASES.findIndex((other) => kindOf(other) === kindOf(one)),
  );

  it.each(architectures.map(({ name, config }) => [name, config] as const))(
    'with the architecture %s',
    async (_, config) => {
      const rates = { hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1, attention_dropout: 0.1 };
      const subject = architecture({ ...config, ...rates });
      expect(Math.max(...(await worst(subject)))).toBeLessThan(ROUNDING);
      await subject.dispose();
    },
  );
});
