import { join } from 'node:path';
import { aPath, type ArgumentRule, checkArguments, objectWith } from '../arguments.js';
import { SIMILARITY_NAMES } from '../features.js';
import {
  countFrom,
  flag,
  number,
  nullable,
  type OptionRule,
  type OptionRules,
  resolveOptions,
} from '../options.js';
import type { Sparsity } from '../sparse/sparsity.js';
import { appendCsvRow, type CsvCell } from './csv-file.js';
import type { EvaluatedModel, EvaluateOptions, Evaluator } from './evaluator.js';
import {
  EVALUATOR_METRICS,
  type EvaluatorMetrics,
  type EvaluatorName,
  filledIn,
  type KeyParts,
  type MetricRow,
} from './metric-keys.js';

/** The options of every evaluator. */
export interface EvaluatorOptions {
  /** It goes before the metrics' names, joined with `_`, and into the name of the CSV file. Default: none. */
  readonly name?: string;
  /** Whether to append a row to a CSV file in `outputPath`. Default: true. */
  readonly writeCsv?: boolean;
  /** Whether to show progress on standard error. Default: false. */
  readonly showProgressBar?: boolean;
  /** How many texts to encode at a time. */
  readonly batchSize?: number;
  /** The most active dimensions of an embedding. Default: the model's own limit. */
  readonly maxActiveDims?: number | null;
}

const aName: OptionRule<string> = {
  default: '',
  expects: 'a text without slashes and control characters, since it is part of a file name',
  accepts: (value) => typeof value === 'string' && !/[/\\\p{Cc}]/u.test(value),
};

/** The rules of the options that every evaluator has. */
export const commonRules = (batchSize: number): OptionRules<Required<EvaluatorOptions>> => ({
  name: aName,
  writeCsv: flag(true),
  showProgressBar: flag(false),
  batchSize: countFrom(1, batchSize),
  maxActiveDims: nullable(countFrom(1)),
});

const METHODS = objectWith(['encode', 'encodeQuery', 'encodeDocument'], '');

const MODEL: ArgumentRule = {
  expects: 'a model with encode, encodeQuery, encodeDocument and similarityFnName, such as a SparseEncoder',
  accepts: (value) =>
    METHODS.accepts(value) &&
    SIMILARITY_NAMES.some((name) => name === (value as Partial<EvaluatedModel>).similarityFnName),
};

export const EVALUATE_RULES: OptionRules<Required<EvaluateOptions>> = {
  outputPath: nullable(aPath as OptionRule<string>),
  epoch: number(-1),
  steps: number(-1),
};

/** A metric that was measured; `key` is one of the evaluator's keys in `EVALUATOR_METRICS`. */
export interface Measurement extends KeyParts {
  readonly key: string;
  readonly value: number;
  /** The value in the CSV file, if it is another one. */
  readonly cell?: number;
}

/** What an evaluator has measured. */
export interface Measured {
  /** In the order of the columns of the CSV file. */
  readonly measurements: readonly Measurement[];
  readonly primary: KeyParts & { readonly key: string };
  /** Metrics of evaluators that this one ran, by their whole names. */
  readonly others?: Readonly<Record<string, number>>;
}

/** An evaluator whose metrics are a row of `EVALUATOR_METRICS`; it names them, and writes the CSV file. */
export abstract class SparseEvaluator<
  Options extends EvaluateOptions = EvaluateOptions,
  Result extends Measured = Measured,
> implements Evaluator {
  readonly name: string;
  readonly writeCsv: boolean;
  readonly showProgressBar: boolean;
  readonly batchSize: number;
  readonly maxActiveDims: number | null;
  readonly greaterIsBetter: boolean = true;
  readonly #kind: EvaluatorName;
  readonly #rules: OptionRules<Required<EvaluateOptions>>;
  #primaryMetric: string | null = null;

  /**
   * @param kind the row of the table
   * @param rules the options of `evaluate`
   */
  protected constructor(
    kind: EvaluatorName,
    options: Required<EvaluatorOptions>,
    rules: OptionRules<Required<EvaluateOptions>> = EVALUATE_RULES,
  ) {
    this.#kind = kind;
    this.#rules = rules;
    this.name = options.name;
    this.writeCsv = options.writeCsv;
    this.showProgressBar = options.showProgressBar;
    this.batchSize = options.batchSize;
    this.maxActiveDims = options.maxActiveDims;
  }

  /** The metric that compares models, with the evaluator's name; null before the first evaluation. */
  get primaryMetric(): string | null {
    return this.#primaryMetric;
  }

  /** The name of the CSV file in `outputPath`. */
  get csvFile(): string {
    return this.#table.file.replace('{name}', this.name === '' ? '' : `_${this.name}`);
  }

  /**
   * Measures a model.
   *
   * @returns the metrics by their keys
   * @throws InputError if the model has no method encode; OptionError if an option is unknown or of the wrong type
   * @throws WriteError if the CSV file cannot be written
   */
  async evaluate(model: EvaluatedModel, options?: Options): Promise<Record<string, number>> {
    return (await this.evaluateMeasured(model, options)).metrics;
  }

  /** The metrics of `evaluate`, and what they are made of. @internal */
  async evaluateMeasured(
    model: EvaluatedModel,
    options?: Options,
  ): Promise<{ readonly metrics: Record<string, number>; readonly measured: Result }> {
    const place = `${this.#kind}.evaluate`;
    checkArguments(place, { model: MODEL }, { model });
    const resolved = resolveOptions(place, this.#rules, options);
    const measured = await this.measure(model, resolved as Required<Options>);
    const { measurements, primary, others } = measured;
    const { outputPath, epoch, steps } = resolved;
    if (outputPath !== null && this.writeCsv) {
      const cells: CsvCell[] = measurements.flatMap((each) => {
        const [, column] = this.#rowOf(each.key);
        return column === null ? [] : [[filledIn(column, each), each.cell ?? each.value]];
      });
      await appendCsvRow(join(outputPath, this.csvFile), [['epoch', epoch], ['steps', steps], ...cells]);
    }
    this.#primaryMetric = this.#named(primary);
    const own = Object.fromEntries(measurements.map((each) => [this.#named(each), each.value]));
    return { metrics: { ...others, ...own }, measured };
  }

  /** The settings that a model's card names, under the reference's names. */
  getConfigDict(): Record<string, unknown> {
    const { maxActiveDims } = this;
    return { ...this.settings, ...(maxActiveDims !== null && { max_active_dims: maxActiveDims }) };
  }

  /** The evaluator's own settings for the card. */
  protected get settings(): Record<string, unknown> {
    return {};
  }

  protected abstract measure(model: EvaluatedModel, options: Required<Options>): Promise<Result>;

  /** The options of `encode` for this evaluator. */
  protected get encodeOptions(): {
    readonly batchSize: number;
    readonly showProgressBar: boolean;
    readonly maxActiveDims?: number;
  } {
    const { batchSize, showProgressBar, maxActiveDims } = this;
    return { batchSize, showProgressBar, ...(maxActiveDims !== null && { maxActiveDims }) };
  }

  /** The measurements of the sparsity of embeddings; the keys begin with `prefix`. */
  protected sparsityOf(prefix: string, { activeDims, sparsityRatio }: Sparsity): readonly Measurement[] {
    return [
      { key: `${prefix}active_dims`, value: activeDims },
      { key: `${prefix}sparsity_ratio`, value: sparsityRatio },
    ];
  }

  get #table(): EvaluatorMetrics {
    return EVALUATOR_METRICS[this.#kind];
  }

  #rowOf(key: string): MetricRow {
    const row = this.#table.metrics.find(([each]) => each === key);
    if (row === undefined) throw new Error(`${this.#kind} has no metric ${key} in its table`);
    return row;
  }

  #named({ key, ...parts }: KeyParts & { readonly key: string }): string {
    const [template] = this.#rowOf(key);
    return `${this.name === '' ? '' : `${this.name}_`}${filledIn(template, parts)}`;
  }
}
