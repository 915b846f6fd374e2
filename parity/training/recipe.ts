import type { SparseEncoderTrainingArguments } from '../../src/index.js';
import type { CaseLoss } from '../models/model-case.js';

/** A training run that both trainers make: a tiny model, data with their losses, and arguments. */
export interface Recipe {
  readonly name: string;
  /** The folder in fixtures/models. */
  readonly model: string;
  /** One data set, or several by name. */
  readonly data: RecipeData | Readonly<Record<string, RecipeData>>;
  readonly args: RecipeArguments;
  /** Whether the reference sees all batches of a step as one batch. */
  readonly joined?: boolean;
  /** A regular expression for the names of parameters that are not trained. */
  readonly frozen?: string;
}

/** Rows to train on, and their loss. */
export interface RecipeData {
  /** The file in fixtures/wordnet, its columns of texts, and its label. */
  readonly file: string;
  readonly texts: readonly string[];
  readonly label?: string;
  readonly rows: number;
  readonly loss: Omit<CaseLoss, 'labels' | 'format'>;
}

/** Arguments that have the same name on both sides. */
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

/** The default number of steps of a run. */
export const STEPS = 10;

/** The steps after which parameters and moments are compared. The last one ends a run of `steps` steps. */
export const recordsOf = (steps: number): number[] => [
  ...new Set([1, STEPS, steps].filter((step) => step <= steps)),
];

/** The data sets of a recipe in order. A single data set may have no name. */
export function datasetsOf({ data }: Recipe): readonly (readonly [name: string | undefined, RecipeData])[] {
  return isOne(data) ? [[undefined, data]] : Object.entries(data);
}

const isOne = (data: Recipe['data']): data is RecipeData => typeof data['file'] === 'string';

type Loss = RecipeData['loss'];

/** Large enough that every regularizer moves the parameters. */
const WEIGHTS = { documentRegularizerWeight: 0.03, queryRegularizerWeight: 0.05 };

const splade = (loss: Loss['loss'], wrapperOptions: Loss['wrapperOptions'] = WEIGHTS): Loss => ({
  loss,
  lossOptions: {},
  wrapper: 'SpladeLoss',
  wrapperOptions,
});

const PAIRS = { file: 'pair.jsonl', texts: ['anchor', 'positive'] };
const MARGINS = {
  file: 'margin-triplet.jsonl',
  texts: ['query', 'positive', 'negative'],
  label: 'score',
};
const IN_BATCH = splade('SparseMultipleNegativesRankingLoss');
const MARGIN_MSE = {
  model: 'splade-distilbert',
  data: { ...MARGINS, rows: 40, loss: splade('SparseMarginMSELoss') },
};
const ARGS = { perDeviceTrainBatchSize: 4, learningRate: 2e-3 } as const;

export const RECIPES: readonly Recipe[] = [
  {
    name: 'splade-in-batch',
    model: 'splade-bert',
    data: { ...PAIRS, rows: 22, loss: IN_BATCH },
    args: { ...ARGS, warmupSteps: 0.25, weightDecay: 0.1 },
  },
  {
    name: 'splade-margin-mse',
    ...MARGIN_MSE,
    args: { ...ARGS, lrSchedulerType: 'cosine', warmupSteps: 3, maxGradNorm: 0.05 },
  },
  {
    name: 'splade-kl-divergence',
    model: 'splade-bert',
    data: {
      file: 'scored-triplet.jsonl',
      texts: ['query', 'positive', 'negative'],
      label: 'scores',
      rows: 40,
      loss: splade('SparseDistillKLDivLoss'),
    },
    args: { ...ARGS, lrSchedulerType: 'inverse_sqrt', maxGradNorm: 0 },
    frozen: 'position_embeddings',
  },
  {
    // The base loss is a mean over rows, so the joined batch has the same gradient.
    name: 'splade-accumulated',
    ...MARGIN_MSE,
    args: { ...ARGS, gradientAccumulationSteps: 2 },
    joined: true,
  },
  {
    name: 'splade-cached',
    model: 'splade-distilbert',
    data: {
      ...PAIRS,
      rows: 40,
      loss: { ...IN_BATCH, wrapper: 'CachedSpladeLoss', wrapperOptions: { ...WEIGHTS, miniBatchSize: 3 } },
    },
    args: { ...ARGS, perDeviceTrainBatchSize: 8, lrSchedulerType: 'constant_with_warmup', warmupSteps: 2 },
  },
  {
    name: 'splade-several-data-sets',
    model: 'splade-distilbert',
    data: {
      pairs: { ...PAIRS, rows: 14, loss: IN_BATCH },
      triplets: {
        file: 'triplet.jsonl',
        texts: ['anchor', 'positive', 'negative'],
        rows: 18,
        loss: splade('SparseTripletLoss', { documentRegularizerWeight: 0.1, queryRegularizerWeight: 0.02 }),
      },
    },
    args: ARGS,
  },
  {
    name: 'csr',
    model: 'csr-deep',
    data: {
      ...MARGINS,
      rows: 34,
      loss: { loss: 'SparseMarginMSELoss', lossOptions: {}, wrapper: 'CSRLoss', wrapperOptions: {} },
    },
    args: { ...ARGS, gradientAccumulationSteps: 2, adamBeta2: 0.95, adamEpsilon: 1e-4, maxGradNorm: 0.2 },
  },
  {
    name: 'inference-free',
    model: 'inference-free',
    data: {
      ...PAIRS,
      rows: 40,
      loss: splade('SparseMultipleNegativesRankingLoss', {
        documentRegularizerWeight: 0.03,
        queryRegularizerWeight: 0,
      }),
    },
    args: {
      ...ARGS,
      weightDecay: 0.1,
      learningRateMapping: { 'query\\.0\\.weight': 2e-2 },
      routerMapping: { anchor: 'query', positive: 'document' },
    },
  },
];
