import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import type { EmbeddingModel } from '../../../src/features.js';
import { BASE_LOSSES, LOSS_PARTS } from '../../../src/losses/losses.js';
import * as api from '../../../src/testing/public-api.js';

const MODEL = fileURLToPath(new URL('../../../fixtures/models/splade-bert', import.meta.url));

/** A stub that is enough of a model for a loss. */
const model = (): EmbeddingModel => ({ forward: (features) => features });
const tokenModule = (): api.Module => api.sparseAutoEncoder({ inputDim: 2, hiddenDim: 4, k: 1 });

const baseLoss = (): api.SparseMultipleNegativesRankingLoss =>
  new api.SparseMultipleNegativesRankingLoss(model());

const weightedFlops = (): api.WeightedFlopsLoss => new api.WeightedFlopsLoss(model(), { weights: [1, 2] });

/** Folders that instances read as long as they are used. */
const folders: string[] = [];

/** Removes what instances read, also when the process ends. A test's process may end without that event. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}
process.once('exit', removeFolders);

/** One instance of each exported class, and of each kind of object that functions return. */
export const INSTANCES: Readonly<Record<string, () => object | Promise<object>>> = {
  // Those that need nothing but a model.
  ...Object.fromEntries(
    Object.entries({ ...BASE_LOSSES, ...LOSS_PARTS }).map(([name, Loss]) => [name, () => new Loss(model())]),
  ),
  AntiZeroLoss: () => new api.AntiZeroLoss(model()),
  L1Loss: () => new api.L1Loss(model()),
  WeightedFlopsLoss: weightedFlops,
  WeightedRegularizers: () =>
    new api.WeightedRegularizers(model(), { parts: [{ regularizer: new api.L1Loss(model()), weight: 1 }] }),
  WeightedSumLoss: () =>
    new api.WeightedSumLoss(model(), { losses: { base: { loss: baseLoss(), weight: 1 } } }),
  DocumentFrequencyCallback: () =>
    new api.DocumentFrequencyCallback(weightedFlops(), { documents: ['a text'] }),
  AdamW: () => new api.AdamW([new Float32Array(2)], { learningRate: 0.1 }),
  CachedSpladeLoss: () =>
    new api.CachedSpladeLoss(model(), { loss: baseLoss(), documentRegularizerWeight: 1, miniBatchSize: 2 }),
  CompiledLoss: () => new api.CompiledLoss(baseLoss(), []),
  CSRLoss: () => new api.CSRLoss(model(), { loss: baseLoss() }),
  EarlyStoppingCallback: () => new api.EarlyStoppingCallback(),
  EncoderPool: () => api.EncoderPool.load(MODEL),
  Parameters: () => new api.Parameters(new Map([['weight', tf.variable(tf.zeros([2]))]])),
  ReduceLrOnPlateau: () => new api.ReduceLrOnPlateau(),
  SparseBinaryClassificationEvaluator: () =>
    new api.SparseBinaryClassificationEvaluator({ sentences1: ['a'], sentences2: ['b'], labels: [1] }),
  SparseEmbeddingSimilarityEvaluator: () =>
    new api.SparseEmbeddingSimilarityEvaluator({ sentences1: ['a'], sentences2: ['b'], scores: [1] }),
  SparseMSEEvaluator: async () =>
    new api.SparseMSEEvaluator({
      sourceSentences: ['a'],
      targetSentences: ['b'],
      teacherModel: await api.SparseEncoder.load(MODEL),
    }),
  SparseTranslationEvaluator: () =>
    new api.SparseTranslationEvaluator({ sourceSentences: ['a'], targetSentences: ['b'] }),
  SparseTripletEvaluator: () =>
    new api.SparseTripletEvaluator({ anchors: ['a'], positives: ['b'], negatives: ['c'] }),
  SequentialEvaluator: () => new api.SequentialEvaluator([]),
  SparseEncoder: () => api.SparseEncoder.load(MODEL),
  SparseEncoderTrainer: async () =>
    new api.SparseEncoderTrainer({ model: await api.SparseEncoder.load(MODEL) }),
  SparseInformationRetrievalEvaluator: () =>
    new api.SparseInformationRetrievalEvaluator({
      queries: { q: 'dog' },
      corpus: { d: 'cloud' },
      relevantDocs: { q: ['d'] },
    }),
  SparseNanoBEIREvaluator: () =>
    new api.SparseNanoBEIREvaluator({
      tasks: { task: { queries: { q: 'dog' }, corpus: { d: 'cloud' }, relevantDocs: { q: ['d'] } } },
    }),
  SparseRerankingEvaluator: () =>
    new api.SparseRerankingEvaluator({ samples: [{ query: 'dog', positive: 'cloud', negative: 'sword' }] }),
  ReciprocalRankFusionEvaluator: () =>
    new api.ReciprocalRankFusionEvaluator({
      denseSamples: [{ query_id: 1, query: 'dog', positive: 'cloud', documents: ['cloud'] }],
      corpus: ['cloud'],
    }),
  SparseIndex: () => api.SparseIndex.fromMatrix(api.sparseFromRows([[[0, 1]]], 3)),
  SpladeRegularizerWeightSchedulerCallback: () =>
    new api.SpladeRegularizerWeightSchedulerCallback(
      new api.SpladeLoss(model(), { loss: baseLoss(), documentRegularizerWeight: 1 }),
    ),
  SpladeLoss: () => new api.SpladeLoss(model(), { loss: baseLoss(), documentRegularizerWeight: 1 }),
  // Results of functions.
  'a compiled function': () => ({ call: api.compile(() => tf.scalar(1)) }),
  'a Dense module': () => api.dense({ inFeatures: 2, outFeatures: 2 }),
  'a Normalize module': () => api.normalize(),
  'a Router module': () => api.router({ routes: new Map([['query', [tokenModule()]]]) }),
  'a seeded dropout': () => api.seededDropout(1),
  'a Pooling module': () => api.pooling({ embeddingDimension: 2 }),
  'a SparseAutoEncoder module': tokenModule,
  'a SpladePooling module': () => api.spladePooling(),
  'a tokenizer': () => api.loadTokenizer(MODEL),
  'a Transformer module': () => api.loadTransformer(MODEL),
  'an exported encoder': async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-calls-'));
    folders.push(folder);
    const encoder = await api.SparseEncoder.load(MODEL);
    await api.exportOnnx(encoder, { output: join(folder, 'exported') });
    await encoder.dispose();
    return api.SparseEncoder.load(join(folder, 'exported'));
  },
};
