import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {
  arrayDataset,
  collate,
  convertDataset,
  mineHardNegatives,
  openTrainingData,
  readDataset,
  resolveIds,
  scoresFrom,
} from '../../api/data.js';
import { sparseFromTensor, sparseToTensor } from '../../api/engine.js';
import { truncationSweep, SparseTripletEvaluator } from '../../api/evaluation.js';
import { pushFolder } from '../../api/export.js';
import { checkLabelValues, cosSim, SparseCoSENTLoss, withTokenCounts } from '../../api/losses.js';
import { loadTokenizer, loadTransformer, spladePooling } from '../../api/modules.js';
import { readJsonLines } from '../../api/sparse.js';
import { replayStep } from '../../api/trainer.js';
import { bindAdafactor, bindAdamW, bindSgd } from '../../api/training.js';
import {
  compile,
  exportOnnx,
  payloadLines,
  SparseEncoder,
  SparseIndex,
  SparseMultipleNegativesRankingLoss,
  verifyOnnx,
  withEngine,
} from '../../index.js';
import { modelFixture } from '../new-encoders.js';

/** What the calls share. The first call makes it, and later calls use it. */
export interface Made {
  readonly folder: string;
  model: SparseEncoder;
}

export const TEXTS = ['a cloud of particles', 'the handle of a sword', 'dog'];

type Call = (made: Made) => unknown;

/** A call of every method of SparseEncoder, in an order that works. Embeddings are returned for comparison. */
export const METHOD_CALLS: Readonly<Record<string, Call>> = {
  load: async (made) => void (made.model = await SparseEncoder.load(modelFixture('splade-bert'))),
  encode: ({ model }) => model.encode(TEXTS, { batchSize: 2 }),
  encodeQuery: ({ model }) => model.encodeQuery(TEXTS),
  encodeDocument: ({ model }) => model.encodeDocument(TEXTS),
  encodeStream: async ({ model }) => {
    const rows = [];
    for await (const row of model.encodeStream(TEXTS, { batchSize: 2 })) rows.push(row);
    return rows;
  },
  // Nothing listens there, so the upload fails before it begins.
  pushToHub: async ({ model }) => {
    const { HF_ENDPOINT } = process.env;
    process.env['HF_ENDPOINT'] = 'http://127.0.0.1:9';
    try {
      return await model.pushToHub('me/none', { token: 'hf_none' }).catch((error: Error) => error.name);
    } finally {
      if (HF_ENDPOINT === undefined) delete process.env['HF_ENDPOINT'];
      else process.env['HF_ENDPOINT'] = HF_ENDPOINT;
    }
  },
  tokenize: ({ model }) => model.tokenize(TEXTS),
  similarity: async ({ model }) => {
    const embeddings = await model.encode(TEXTS);
    return model.similarity(embeddings, embeddings);
  },
  similarityPairwise: async ({ model }) => {
    const embeddings = await model.encode(TEXTS);
    return model.similarityPairwise(embeddings, embeddings);
  },
  decode: async ({ model }) => model.decode(await model.encode(TEXTS), 3),
  save: ({ model, folder }) => model.save(join(folder, 'saved')),
  // From here on, the parameters are inputs of the programs that encode.
  namedParameters: ({ model }) => model.namedParameters().length,
  trainableVariables: async ({ model }) => [model.trainableVariables().length, await model.encode(TEXTS)],
  addAdapter: async ({ model }) => {
    model.addAdapter({ r: 2, initLoraWeights: false });
    return model.encode(TEXTS);
  },
  mergeAdapter: async ({ model }) => {
    model.mergeAdapter();
    return model.encode(TEXTS);
  },
  captureRandomState: ({ model }) => model.captureRandomState()(),
  fromModules: async () => {
    const transformer = await loadTransformer(modelFixture('masked-language-checkpoint'), {
      transformerTask: 'fill-mask',
    });
    const model = SparseEncoder.fromModules([transformer, spladePooling()]);
    const embeddings = await model.encode(TEXTS);
    await model.dispose();
    return embeddings;
  },
  dispose: async () => {
    const model = await SparseEncoder.load(modelFixture('csr'));
    const embeddings = await model.encode(TEXTS);
    await model.dispose();
    return embeddings;
  },
};

/** Methods that compute with tensors of the current tfjs backend, whichever it is. */
export const TENSOR_CALLS: Readonly<Record<string, Call>> = {
  withRandomPart: ({ model }) => {
    const tensor = tf.scalar(0, 'int32');
    const found = model.withRandomPart({ tensor, number: 0 }, () => tf.getBackend());
    tensor.dispose();
    return found;
  },
  preprocess: async ({ model }) => {
    const features = await model.preprocess(TEXTS);
    return Object.values(features).map((each) => (each instanceof tf.Tensor ? take(each) : each));
  },
  forward: async ({ model }) => {
    const features = await model.preprocess(TEXTS);
    // Two calls, to see which warnings appear only once.
    const [embeddings] = [1, 2].map(() =>
      tf.tidy(() => (model.forward(features).sentenceEmbedding as tf.Tensor).clone()),
    );
    tf.dispose(Object.values(features).filter((each) => each instanceof tf.Tensor));
    return take(embeddings as tf.Tensor);
  },
  sparseToTensor: async ({ model }) => take(sparseToTensor(await model.encode(TEXTS))),
  sparseFromTensor: async () => {
    const tensor = tf.tensor2d([[0, 1.5, 0]]);
    const matrix = await sparseFromTensor(tensor);
    tensor.dispose();
    return matrix;
  },
  cosSim: () => take(tf.tidy(() => cosSim(tf.tensor2d([[1, 2]]), tf.tensor2d([[2, 1]])))),
  SparseMultipleNegativesRankingLoss: () => {
    const loss = new SparseMultipleNegativesRankingLoss({ forward: (features) => features });
    return take(
      tf.tidy(
        () =>
          loss.computeLossFromEmbeddings([
            tf.tensor2d([
              [1, 0, 2],
              [0, 3, 0],
            ]),
            tf.tensor2d([
              [2, 0, 1],
              [0, 1, 1],
            ]),
          ]) as tf.Tensor,
      ),
    );
  },
  collate: async ({ model }) => {
    const batch = await collate(model, [{ query: 'dog', score: 0.5 }]);
    const labels = [...((await batch.labels?.data()) ?? [])];
    batch.dispose();
    return labels;
  },
  checkLabelValues: async () => {
    const labels = tf.tensor1d([0.5, 1]);
    await checkLabelValues(new SparseCoSENTLoss({ forward: (features) => features }), labels);
    labels.dispose();
  },
  withTokenCounts: async () => {
    const attentionMask = tf.tensor2d([[1, 0]], [1, 2], 'int32');
    const counted = await withTokenCounts({ attentionMask });
    attentionMask.dispose();
    return Object.keys(counted).length;
  },
  // Only the onnx engine has memory that an optimizer and its variables can share.
  bindAdamW: () => toldBy(bindAdamW),
  bindAdafactor: () => toldBy(bindAdafactor),
  bindSgd: () => toldBy(bindSgd),
  compile: async () => {
    const double = compile((x: tf.Tensor) => x.mul(2), { name: 'double' });
    const x = tf.tensor1d([1, 2]);
    const doubled = take(await double(x));
    x.dispose();
    await double.dispose();
    return doubled;
  },
};

/** Functions that read or write files, or that change the engine for a while. */
export const FUNCTION_CALLS: Readonly<Record<string, Call>> = {
  readDataset: async () => {
    const pairs = await readDataset(PAIRS);
    const rows = await pairs.rows([1, 0]);
    await pairs.close?.();
    return rows;
  },
  resolveIds: async () => (await resolveIds(IDS, { query_id: NAMED })).rows([0, 1]),
  openTrainingData: async () => {
    const data = await openTrainingData(await readDataset(PAIRS), { batchSize: 2 });
    const batches = [];
    for await (const batch of data.batches(0)) batches.push(batch.texts);
    await data.close();
    return batches;
  },
  mineHardNegatives: async ({ model }) => {
    const pairs = TEXTS.map((text) => ({ anchor: `what is ${text}`, positive: text }));
    const rows = [];
    const mined = mineHardNegatives(arrayDataset(pairs), model, { numNegatives: 1 });
    for await (const row of mined) rows.push(row);
    return rows;
  },
  'SparseTripletEvaluator.evaluate': ({ model }) =>
    new SparseTripletEvaluator({ anchors: TEXTS, positives: TEXTS, negatives: TEXTS.toReversed() }).evaluate(
      model,
    ),
  convertDataset: async () => {
    const triplets = arrayDataset([{ anchor: 'a', positive: 'b', negative: 'c' }]);
    return (await convertDataset(triplets, { from: 'triplet', to: 'labeled-list' }).next()).value;
  },
  scoresFrom: async () => {
    const scored = arrayDataset([{ anchor: 'dog', positive: 'cloud', score: 0.5 }]);
    return (await scoresFrom(scored))('dog', ['cloud']);
  },
  replayStep: async ({ model, folder }) => {
    const path = join(folder, 'case.json');
    writeFileSync(path, '{}');
    return await replayStep(model, {}, path).catch((error: Error) => error.name);
  },
  loadTokenizer: async () => (await loadTokenizer(modelFixture('splade-bert'))).vocabularySize,
  loadTransformer: async () => {
    const { parameters } = await loadTransformer(modelFixture('encoder-checkpoint'));
    for (const [, variable] of parameters.entries()) variable.dispose();
  },
  exportOnnx: async ({ model, folder }) =>
    (await exportOnnx(model, { output: join(folder, 'exported') })).verdict,
  exported: async ({ folder }) => {
    const model = await SparseEncoder.load(join(folder, 'exported'));
    const embeddings = await model.encode(TEXTS);
    await model.dispose();
    return embeddings;
  },
  exportLogits: async ({ model, folder }) =>
    (await exportOnnx(model, { output: join(folder, 'logits'), format: 'logits' })).verdict,
  truncationSweep: async ({ model }) => {
    const task = { queries: ['dog'], documents: TEXTS, relevant: [new Set([2])] };
    const points = await truncationSweep(model, task, { maxActiveDims: [2], ratios: [] });
    return points.map(({ ndcg }) => ndcg);
  },
  pushFolder: ({ folder }) => pushFolder(folder, 'me/none').catch((error: Error) => error.name),
  verifyOnnx: async ({ model, folder }) => (await verifyOnnx(join(folder, 'logits'), model)).verdict,
  'SparseIndex.save': async ({ model, folder }) =>
    SparseIndex.fromMatrix(await model.encode(TEXTS)).save(join(folder, 'index')),
  'SparseIndex.load': async ({ folder }) => (await SparseIndex.load(join(folder, 'index'))).documents,
  readJsonLines: async ({ model }) => {
    const lines = payloadLines('jsonl', await model.encode(TEXTS));
    return (await readJsonLines(lines, { source: 'memory' })).matrix;
  },
  withEngine: async ({ model }) => {
    const failed = await withEngine('onnx', () => Promise.reject(new Error('in the scope'))).catch(
      (error: Error) => error.message,
    );
    // The call is synchronous, so the user's own code never runs inside the scope.
    return [failed, await withEngine('cpu', () => tf.getBackend()), await model.encode(TEXTS)];
  },
};

/** Pairs in a file, in memory, and as ids of texts. */
const PAIRS = fileURLToPath(new URL('../../../fixtures/wordnet/pair.jsonl', import.meta.url));
const IDS = arrayDataset([{ query_id: 1 }, { query_id: 0 }]);
const NAMED = arrayDataset([
  { id: 0, text: 'dog' },
  { id: 1, text: 'cloud' },
]);

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'users-program-'));

/** The result of a function that binds parameters, or the error if the engine has no memory to share. */
async function toldBy(bind: typeof bindSgd): Promise<unknown> {
  const weight = tf.tidy(() => tf.variable(tf.ones([2])));
  const told = await bind([['weight', weight]]).catch((error: Error) => error.name);
  weight.dispose();
  return told;
}

function take(tensor: tf.Tensor): number[] {
  const elements = [...tensor.dataSync()];
  tensor.dispose();
  return elements;
}
