import { isObject } from '../../arguments.js';
import { type Dataset, placeIn } from '../../datasets/dataset.js';
import { describeData, type LossData, lossesForData, noLossFor } from '../../datasets/fitting-losses.js';
import { type LabelShape, labelShape } from '../../datasets/labels.js';
import type { OnError } from '../../datasets/on-error.js';
import { trainingColumns } from '../../datasets/training-columns.js';
import { leavesOf } from '../../encoder/module-tree.js';
import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { InputError, OptionError } from '../../errors.js';
import { Loss } from '../../losses/loss.js';
import { BASE_LOSSES, LOSSES } from '../../losses/losses.js';
import { WeightedSumLoss } from '../../losses/weighted-sum-loss.js';
import { Router } from '../../modules/router.js';
import { nearestName } from '../../options.js';
import type { TrainableLoss, TrainerLoss } from '../../trainer/losses.js';
import type { LossSetting, TrainSettings } from './settings.js';

type LossClass = new (model: SparseEncoder, options: object) => TrainableLoss;
/** Options that are themselves losses or regularizers. */
const NESTED = ['loss', 'regularizer', 'documentRegularizer', 'queryRegularizer'];
const SPLADE = ['SpladeLoss', 'CachedSpladeLoss'];

type Weights = Pick<TrainSettings, 'documentRegularizerWeight' | 'queryRegularizerWeight'>;

/**
 * The losses that the settings name. A loss that needs a wrapper gets one: CSRLoss for a model with a sparse auto-encoder,
 * SpladeLoss for other models. A loss that the settings do not name is chosen from the data.
 *
 * @throws InputError if no loss accepts the data
 * @throws OptionError if a loss is unknown, naming the nearest one, and for wrong options
 */
export async function chosenLosses(
  {
    loss,
    onError,
    documentRegularizerWeight,
    queryRegularizerWeight,
  }: Pick<TrainSettings, 'loss' | 'onError'> & Weights,
  model: SparseEncoder,
  datasets: readonly (readonly [name: string | undefined, dataset: Dataset])[],
): Promise<TrainerLoss> {
  const bases = new Map<string | undefined, string>();
  for (const [name, dataset] of datasets) bases.set(name, await suggestedBase(name, dataset, onError));
  const make = (base: string): TrainableLoss =>
    lossOf(loss, base, model, { documentRegularizerWeight, queryRegularizerWeight });
  const distinct = [...new Set(bases.values())];
  const [only] = distinct;
  if (only !== undefined && distinct.length === 1) return make(only);
  return Object.fromEntries([...bases].map(([name, base]) => [String(name), make(base)]));
}

async function suggestedBase(name: string | undefined, dataset: Dataset, onError: OnError): Promise<string> {
  const where = name === undefined ? 'the training data' : `the data set "${name}"`;
  const { inputs, label } = trainingColumns(dataset.columns, where);
  const data: LossData = {
    columns: inputs.length,
    ...(label !== undefined && { labelShape: await firstLabelShape(dataset, label, onError) }),
  };
  const [base] = lossesForData(data);
  if (base !== undefined) return base;
  throw new InputError(`${where} has ${describeData(data)}. ${noLossFor(data)}`);
}

/** The shape of the first label. If rows are skipped, it is the first label that training can use. */
async function firstLabelShape(dataset: Dataset, label: string, onError: OnError): Promise<LabelShape> {
  for (let index = 0; ; index++) {
    try {
      const [row] = await dataset.rows([index]);
      return labelShape(row?.[label], `${placeIn(dataset, index)}: ${label}`);
    } catch (error) {
      const isLast = index + 1 >= dataset.length;
      if (onError === 'stop' || isLast || !(error instanceof InputError)) throw error;
    }
  }
}

function lossOf(
  setting: LossSetting | null,
  base: string,
  model: SparseEncoder,
  weights: Weights,
): TrainableLoss {
  const isCsr = leavesOf(model.modules).some(({ module }) => module.kind.name === 'SparseAutoEncoder');
  const asked = setting ?? base;
  const { name, ...options } = typeof asked === 'string' ? { name: asked } : asked;
  const isBase = Object.hasOwn(BASE_LOSSES, name) || name === WeightedSumLoss.name;
  const wrapper = isBase ? (isCsr ? 'CSRLoss' : 'SpladeLoss') : name;
  const inner = isBase ? asked : base;
  const own = isBase ? {} : options;
  checkName(wrapper);
  const takesBase = wrapper === 'CSRLoss' || SPLADE.includes(wrapper);
  return made(
    {
      name: wrapper,
      ...(takesBase && { loss: inner }),
      ...weightsFor(wrapper, model, weights),
      ...own,
    },
    model,
  );
}

/** The reference's defaults. If the query side has no trainable parameters, there is no regularizer for queries. */
function weightsFor(wrapper: string, model: SparseEncoder, weights: Weights): object {
  const { documentRegularizerWeight: document, queryRegularizerWeight: query } = weights;
  if (SPLADE.includes(wrapper)) {
    const queryDefault = model.modules[0] instanceof Router ? null : 5e-5;
    return {
      documentRegularizerWeight: document ?? 3e-5,
      queryRegularizerWeight: query ?? queryDefault,
    };
  }
  const given = Object.entries(weights).find(([, weight]) => weight !== null);
  if (given === undefined) return {};
  throw new OptionError(`${given[0]} is for SpladeLoss and CachedSpladeLoss, not for ${wrapper}`);
}

function checkName(name: string): void {
  const known = Object.keys(LOSSES);
  if (known.includes(name)) return;
  const nearest = nearestName(name, known);
  throw new OptionError(
    `there is no loss "${name}"; ${nearest === undefined ? `expected one of ${known.join(', ')}` : `did you mean "${nearest}"?`}`,
  );
}

function made(setting: LossSetting, model: SparseEncoder): TrainableLoss {
  const { name, ...options } = typeof setting === 'string' ? { name: setting } : setting;
  checkName(name);
  const ready = withNested(options, model);
  const Class = LOSSES[name as keyof typeof LOSSES] as unknown as LossClass;
  return new Class(model, ready);
}

/** Options in which each setting of a loss is that loss, also inside of lists and objects. */
function withNested(options: object, model: SparseEncoder): object {
  const isOpen = (value: unknown): value is object => isObject(value) && !(value instanceof Loss);
  const inside = (key: string, value: unknown): unknown => {
    if (NESTED.includes(key) && isSetting(value)) return made(value, model);
    if (Array.isArray(value)) {
      return value.map((each: unknown) => (isOpen(each) ? withNested(each, model) : each));
    }
    return isOpen(value) ? withNested(value, model) : value;
  };
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [key, inside(key, value)]));
}

const isSetting = (value: unknown): value is LossSetting =>
  typeof value === 'string' ||
  (typeof value === 'object' && value !== null && typeof Reflect.get(value, 'name') === 'string');
