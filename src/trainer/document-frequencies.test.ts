import { beforeAll, expect, it } from 'vitest';
import { arrayDataset } from '../datasets/dataset.js';
import { setEngine } from '../engine/set-engine.js';
import { InputError, OptionError } from '../errors.js';
import { SparseMultipleNegativesRankingLoss } from '../losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import { documentFrequencyWeights } from '../losses/term-weights.js';
import { WeightedFlopsLoss } from '../losses/weighted-flops-loss.js';
import { documentFrequencies } from '../sparse/document-frequencies.js';
import { passThroughModel } from '../testing/models.js';
import { PAIRS } from '../testing/train-command.js';
import { loadFixture } from '../testing/trainer.js';
import { DocumentFrequencyCallback } from './document-frequencies.js';
import { SparseEncoderTrainer } from './trainer.js';

beforeAll(() => setEngine('onnx', { threads: 1 }));

const documents = PAIRS.map(({ positive }) => positive);

it('counts terms at the beginning and every few steps, and gives the weights of DF-FLOPS', async () => {
  const model = await loadFixture('splade-bert');
  const expected = async (): Promise<number[]> => [
    ...documentFrequencyWeights(documentFrequencies(await model.encodeDocument(documents)), documents.length),
  ];
  const regularizer = new WeightedFlopsLoss(model, { weights: new Float32Array(model.dimension ?? 0) });
  const given: number[][] = [];
  const setWeights = regularizer.setWeights.bind(regularizer);
  regularizer.setWeights = (weights) => {
    given.push(Array.from(weights));
    setWeights(weights);
  };
  const before = await expected();
  const trainer = new SparseEncoderTrainer({
    model,
    args: {
      outputDir: null,
      maxSteps: 3,
      perDeviceTrainBatchSize: 4,
      learningRate: 1e-2,
      saveStrategy: 'no',
    },
    trainDataset: arrayDataset(PAIRS),
    loss: new SpladeLoss(model, {
      loss: new SparseMultipleNegativesRankingLoss(model),
      documentRegularizerWeight: 1,
      queryRegularizerWeight: 1,
      documentRegularizer: regularizer,
    }),
    callbacks: [new DocumentFrequencyCallback(regularizer, { documents, everySteps: 3 })],
  });
  await trainer.train();
  expect(given).toHaveLength(2);
  expect(given[0]).toEqual(before);
  expect(given[1]).toEqual(await expected());
});

it('goes on with the frequencies of its checkpoint', async () => {
  const model = await loadFixture('splade-bert');
  const regularizer = new WeightedFlopsLoss(model, { weights: [1, 1] });
  const callback = new DocumentFrequencyCallback(regularizer, { documents });
  callback.load([0, 8]);
  expect(callback.state()).toEqual([0, 8]);
  expect(() => callback.load('none')).toThrow(InputError);
});

it('refuses anything but a WeightedFlopsLoss and texts', () => {
  expect(() => new DocumentFrequencyCallback({} as never, { documents })).toThrow(OptionError);
  const regularizer = new WeightedFlopsLoss(passThroughModel(), { weights: [1] });
  expect(() => new DocumentFrequencyCallback(regularizer, { documents: [] })).toThrow(
    'a list of at least one text',
  );
});
