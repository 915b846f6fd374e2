import { isObject } from '../../arguments.js';
import type { LoraOptions } from '../../modules/lora/lora-config.js';
import { areStrings, nullable, numberFrom, oneOf, type OptionRule, type OptionRules } from '../../options.js';
import {
  STRATEGIES,
  type SparseEncoderTrainingArguments,
  type Strategy,
  TRAINING_ARGUMENTS,
} from '../../trainer/training-arguments.js';

/** A loss: its name, or an object with its name and options. The option `loss` is again a loss. */
export type LossSetting = string | (Readonly<Record<string, unknown>> & { readonly name: string });

/** All settings of a training run, from a configuration or from flags. */
export interface TrainSettings extends Omit<
  Required<SparseEncoderTrainingArguments>,
  'outputDir' | 'evalStrategy'
> {
  readonly model: string;
  /** One file, several files, or files by the names of their data sets. */
  readonly train: string | readonly string[] | Readonly<Record<string, string>>;
  readonly columns: readonly string[] | null;
  readonly eval: string | null;
  readonly retrieval: string | null;
  readonly loss: LossSetting | null;
  /** The adapter to train instead of the transformer's own parameters. */
  readonly lora: LoraOptions | null;
  readonly documentRegularizerWeight: number | null;
  readonly queryRegularizerWeight: number | null;
  readonly output: string;
  readonly evalStrategy: Strategy | null;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const aPath = (expects: string): OptionRule<string> => ({ expects, accepts: isText, written: 'text' });
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isObject(value) && !Array.isArray(value);

const { outputDir: _, ...ofTheTrainer } = TRAINING_ARGUMENTS;

/** Every setting: those of the command, then those of the trainer. */
export const TRAIN_RULES: OptionRules<TrainSettings> = {
  model: aPath('a folder, or a model id of the hub'),
  train: {
    expects: 'a file, a list of files, or an object of files by name',
    accepts: (value) =>
      isText(value) ||
      (areStrings(value) && value.length > 0 && value.every(isText)) ||
      (isRecord(value) && Object.keys(value).length > 0 && Object.values(value).every(isText)),
    written: 'json',
  },
  columns: nullable({
    expects: 'a list of names',
    accepts: (value) => areStrings(value) && value.length > 0,
    written: 'json',
  }),
  eval: nullable(aPath('a file')),
  retrieval: nullable(aPath('a folder')),
  loss: nullable({
    expects: 'the name of a loss, or an object {"name", ...options}',
    accepts: (value) => isText(value) || (isRecord(value) && isText(value['name'])),
    written: 'json',
  }),
  lora: nullable({
    expects: 'an object of options of addAdapter',
    accepts: isRecord,
    written: 'json',
  }),
  documentRegularizerWeight: nullable(numberFrom(0)),
  queryRegularizerWeight: nullable(numberFrom(0)),
  output: aPath('a folder to make'),
  ...ofTheTrainer,
  // Null means: evaluate each epoch if there is evaluation data.
  evalStrategy: nullable(oneOf(STRATEGIES)),
};

/** The arguments for the trainer, from the settings. */
export function trainingArguments(settings: TrainSettings): SparseEncoderTrainingArguments {
  const own = Object.keys(ofTheTrainer) as (keyof typeof ofTheTrainer)[];
  const hasEvaluation = settings.eval !== null || settings.retrieval !== null;
  return {
    ...(Object.fromEntries(own.map((name) => [name, settings[name]])) as SparseEncoderTrainingArguments),
    outputDir: settings.output,
    evalStrategy: settings.evalStrategy ?? (hasEvaluation ? 'epoch' : 'no'),
  };
}
