import type { SparseEncoderTrainingArguments } from '../../src/index.js';
import type { CaseLoss } from '../models/model-case.js';

/** A training run that both trainers make: a tiny model, data, a loss and arguments. */
export interface Recipe {
  readonly name: string;
  /** The folder in fixtures/models. */
  readonly model: string;
  /** The file in fixtures/wordnet, its columns of texts, and its label. */
  readonly data: { readonly file: string; readonly texts: readonly string[]; readonly label?: string };
  readonly rows: number;
  readonly loss: Omit<CaseLoss, 'labels' | 'format'>;
  readonly args: RecipeArguments;
  /** Whether the reference takes all batches of a step as one. */
  readonly joined?: boolean;
  /** Steps after which parameters and moments are compared; the last one is the end of the run. */
  readonly records: readonly number[];
}

/** Arguments that both sides have under the same name. */
type RecipeArguments = Pick<
  SparseEncoderTrainingArguments,
  | 'perDeviceTrainBatchSize'
  | 'gradientAccumulationSteps'
  | 'learningRate'
  | 'learningRateMapping'
  | 'lrSchedulerType'
  | 'warmupSteps'
  | 'weightDecay'
  | 'adamBeta2'
  | 'adamEpsilon'
  | 'maxGradNorm'
  | 'routerMapping'
>;

const PAIRS = { file: 'pair.jsonl', texts: ['anchor', 'positive'] };
const MARGINS = { file: 'margin-triplet.jsonl', texts: ['query', 'positive', 'negative'], label: 'score' };
const SCORES = {
  file: 'scored-triplet.jsonl',
  texts: ['query', 'positive', 'negative'],
  label: 'scores',
};

/** Large enough that every regularizer moves the parameters. */
const WEIGHTS = { documentRegularizerWeight: 0.03, queryRegularizerWeight: 0.05 };
const MNRL = { loss: 'SparseMultipleNegativesRankingLoss', lossOptions: {} } as const;
const MARGIN_MSE = { loss: 'SparseMarginMSELoss', lossOptions: {} } as const;
const ARGS = { perDeviceTrainBatchSize: 4, learningRate: 2e-3 } as const;

export const RECIPES: readonly Recipe[] = [
  {
    name: 'splade-in-batch',
    model: 'splade-bert',
    data: PAIRS,
    rows: 22,
    loss: { ...MNRL, wrapper: 'SpladeLoss', wrapperOptions: WEIGHTS },
    args: { ...ARGS, warmupSteps: 0.25, weightDecay: 0.1 },
    records: [1, 10],
  },
  {
    name: 'splade-margin-mse',
    model: 'splade-distilbert',
    data: MARGINS,
    rows: 40,
    loss: { ...MARGIN_MSE, wrapper: 'SpladeLoss', wrapperOptions: WEIGHTS },
    args: { ...ARGS, lrSchedulerType: 'cosine', warmupSteps: 3, maxGradNorm: 0.05 },
    records: [1, 10],
  },
  {
    name: 'splade-kl-divergence',
    model: 'splade-bert',
    data: SCORES,
    rows: 40,
    loss: { loss: 'SparseDistillKLDivLoss', lossOptions: {}, wrapper: 'SpladeLoss', wrapperOptions: WEIGHTS },
    args: { ...ARGS, lrSchedulerType: 'inverse_sqrt', maxGradNorm: 0 },
    records: [1, 10],
  },
  {
    // The base loss is a mean over rows, so that the joined batch has the same gradient.
    name: 'splade-accumulated',
    model: 'splade-distilbert',
    data: MARGINS,
    rows: 40,
    loss: { ...MARGIN_MSE, wrapper: 'SpladeLoss', wrapperOptions: WEIGHTS },
    args: { ...ARGS, gradientAccumulationSteps: 2 },
    joined: true,
    records: [1, 5],
  },
  {
    name: 'splade-cached',
    model: 'splade-distilbert',
    data: PAIRS,
    rows: 40,
    loss: { ...MNRL, wrapper: 'CachedSpladeLoss', wrapperOptions: { ...WEIGHTS, miniBatchSize: 3 } },
    args: { ...ARGS, perDeviceTrainBatchSize: 8, lrSchedulerType: 'constant_with_warmup', warmupSteps: 2 },
    records: [1, 5],
  },
  {
    name: 'csr',
    model: 'csr-deep',
    data: MARGINS,
    rows: 34,
    loss: { ...MARGIN_MSE, wrapper: 'CSRLoss', wrapperOptions: {} },
    args: { ...ARGS, gradientAccumulationSteps: 2, adamBeta2: 0.95, adamEpsilon: 1e-4 },
    records: [1, 5],
  },
  {
    name: 'inference-free',
    model: 'inference-free',
    data: { file: 'pair.jsonl', texts: ['anchor', 'positive'] },
    rows: 40,
    loss: {
      ...MNRL,
      wrapper: 'SpladeLoss',
      wrapperOptions: { documentRegularizerWeight: 0.03, queryRegularizerWeight: 0 },
    },
    args: {
      ...ARGS,
      learningRateMapping: { 'query\\.0\\.weight': 2e-2 },
      routerMapping: { anchor: 'query', positive: 'document' },
    },
    records: [1, 10],
  },
];
