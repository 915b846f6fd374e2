import { basename, join, resolve } from 'node:path';
import { isObject, listOf, aPath, checkArguments } from '../../arguments.js';
import { OptionError } from '../../errors.js';
import { readRetrieval } from '../../evaluation/read-retrieval.js';
import { textsById } from '../../evaluation/retrieval-task.js';
import {
  aFunction,
  aText,
  nullable,
  type OptionRule,
  type OptionRules,
  resolveOptions,
} from '../../options.js';
import type { EvaluatedModel, EvaluateOptions } from '../evaluator.js';
import {
  commonRules,
  type EvaluatorOptions,
  type Measured,
  type Measurement,
  SparseEvaluator,
} from '../sparse-evaluator.js';
import { Activations } from './activations.js';
import {
  MEASURE_RULES,
  type RetrievalMeasureOptions,
  SparseInformationRetrievalEvaluator,
} from './information-retrieval-evaluator.js';
import { type ById, IDS_BY_ID, type RetrievalTexts, TEXTS_BY_ID } from './retrieval-data.js';

/** A prompt for all tasks, or one for each by name. */
export type TaskPrompts = string | Readonly<Record<string, string>>;

interface SharedOptions extends Omit<EvaluatorOptions, 'name'>, RetrievalMeasureOptions {
  /** Makes one number of a metric's values for the tasks. Default: the mean. */
  readonly aggregateFn?: (values: readonly number[]) => number;
  /** The name of that number: metrics begin with `NanoBEIR_mean`. Default: mean. */
  readonly aggregateKey?: string;
  readonly queryPrompts?: TaskPrompts | null;
  readonly corpusPrompts?: TaskPrompts | null;
}

export interface NanoBEIROptions extends SharedOptions {
  /** The tasks by name. */
  readonly tasks: ById<RetrievalTexts>;
}

export interface NanoBEIRFolderOptions extends SharedOptions {
  /** Which file of `qrels` to read in each folder. Default: the only one, otherwise `test`. */
  readonly split?: string | null;
}

const NAME = 'SparseNanoBEIREvaluator';

const entriesOf = (tasks: ById<RetrievalTexts>): (readonly [string, RetrievalTexts])[] =>
  tasks instanceof Map
    ? [...(tasks as ReadonlyMap<string, RetrievalTexts>)]
    : Object.entries(tasks as object);

const isTask = (value: unknown): boolean => {
  const task = (isObject(value) ? value : {}) as Readonly<Record<string, unknown>>;
  return (
    TEXTS_BY_ID.accepts(task['queries']) &&
    TEXTS_BY_ID.accepts(task['corpus']) &&
    IDS_BY_ID.accepts(task['relevantDocs'])
  );
};

const TASKS: OptionRule<ById<RetrievalTexts>> = {
  expects: 'tasks { queries, corpus, relevantDocs } by name, a Map or an object, one at least',
  accepts: (value) => {
    if (!isObject(value) || Array.isArray(value)) return false;
    const entries = entriesOf(value as ById<RetrievalTexts>);
    return entries.length > 0 && entries.every(([, task]) => isTask(task));
  },
};

const prompts: OptionRule<TaskPrompts> = {
  expects: 'a prompt, or prompts by the names of tasks',
  accepts: (value) =>
    typeof value === 'string' ||
    (isObject(value) && Object.values(value).every((each) => typeof each === 'string')),
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const { name: _, ...COMMON } = commonRules(32);

const SHARED_RULES: OptionRules<Required<SharedOptions>> = {
  ...COMMON,
  ...MEASURE_RULES,
  aggregateFn: aFunction('a function of a list of numbers', mean),
  aggregateKey: { ...aText, default: 'mean' },
  queryPrompts: nullable(prompts),
  corpusPrompts: nullable(prompts),
};

const RULES: OptionRules<Required<NanoBEIROptions>> = { ...SHARED_RULES, tasks: TASKS };

/**
 * Evaluates retrieval on several tasks, and aggregates each metric over them, by default as a mean. Active dimensions
 * are means over all texts, and the expected multiplications are those of all queries with all documents.
 *
 * @example
 * const evaluator = await SparseNanoBEIREvaluator.fromFolders(['beir/scifact', 'beir/nfcorpus']);
 * const metrics = await evaluator.evaluate(model);
 * console.log(metrics['scifact_dot_ndcg@10'], metrics['NanoBEIR_mean_dot_ndcg@10']);
 */
export class SparseNanoBEIREvaluator extends SparseEvaluator {
  readonly evaluators: readonly SparseInformationRetrievalEvaluator[];
  readonly #options: Required<NanoBEIROptions>;
  #main: string | undefined;

  /**
   * @throws OptionError if an option is unknown, missing or of the wrong type, or a task has no prompt
   * @throws InputError as SparseInformationRetrievalEvaluator
   */
  constructor(options: NanoBEIROptions) {
    const resolved = resolveOptions(NAME, RULES, options);
    const { aggregateKey, maxActiveDims } = resolved;
    const suffix = maxActiveDims === null ? '' : `_${maxActiveDims}`;
    super(NAME, { ...resolved, name: `NanoBEIR_${aggregateKey}${suffix}` });
    this.#options = resolved;
    const { tasks, aggregateFn: _fn, aggregateKey: _key, queryPrompts, corpusPrompts, ...shared } = resolved;
    this.evaluators = entriesOf(tasks).map(([name, { queries, corpus, relevantDocs }]) => {
      const queryPrompt = promptOf('queryPrompts', queryPrompts, name);
      const corpusPrompt = promptOf('corpusPrompts', corpusPrompts, name);
      return new SparseInformationRetrievalEvaluator({
        ...shared,
        queries,
        corpus,
        relevantDocs,
        name: `${name}${suffix}`,
        ...(queryPrompt !== undefined && { queryPrompt }),
        ...(corpusPrompt !== undefined && { corpusPrompt }),
      });
    });
  }

  /**
   * Reads tasks from folders in the layout of BEIR: `corpus.jsonl`, `queries.jsonl` and `qrels`. Each has the name of its
   * folder.
   *
   * @throws OptionError if an option is unknown or of the wrong type, or two folders have the same name
   * @throws InputError that names file, line and what was expected
   */
  static async fromFolders(
    folders: readonly string[],
    options: NanoBEIRFolderOptions = {},
  ): Promise<SparseNanoBEIREvaluator> {
    const place = `${NAME}.fromFolders`;
    checkArguments(place, { folders: FOLDERS }, { folders });
    const { split, ...shared } = resolveOptions<Required<NanoBEIRFolderOptions>>(
      place,
      FOLDER_RULES,
      options,
    );
    const tasks = new Map<string, RetrievalTexts>();
    for (const folder of folders) {
      const name = basename(resolve(folder));
      if (tasks.has(name)) {
        throw new OptionError(`${place}: two folders have the name "${name}"; expected different names`);
      }
      tasks.set(name, textsById(await readRetrieval(join(folder), split ?? undefined)));
    }
    return new SparseNanoBEIREvaluator({ ...shared, tasks });
  }

  override get csvFile(): string {
    return `NanoBEIR_evaluation_${this.#options.aggregateKey}_results.csv`;
  }

  protected override get settings(): Record<string, unknown> {
    const { tasks, queryPrompts, corpusPrompts } = this.#options;
    const names = entriesOf(tasks).map(([name]) => name);
    const byName = (given: TaskPrompts): TaskPrompts =>
      typeof given === 'string' ? Object.fromEntries(names.map((name) => [name, given])) : given;
    return {
      dataset_names: names,
      ...(queryPrompts !== null && { query_prompts: byName(queryPrompts) }),
      ...(corpusPrompts !== null && { corpus_prompts: byName(corpusPrompts) }),
    };
  }

  protected override async measure(
    model: EvaluatedModel,
    options: Required<EvaluateOptions>,
  ): Promise<Measured> {
    const others: Record<string, number> = {};
    const byKey = new Map<string, Measurement[]>();
    const all = { queries: new Activations(), corpus: new Activations() };
    for (const evaluator of this.evaluators) {
      const { measured, metrics } = await evaluator.evaluateMeasured(model, options);
      Object.assign(others, metrics);
      for (const each of measured.measurements) {
        const key = JSON.stringify([each.key, each.f, each.k]);
        byKey.set(key, [...(byKey.get(key) ?? []), each]);
      }
      all.queries.addAll(measured.activations.queries);
      all.corpus.addAll(measured.activations.corpus);
    }
    const measures = [...byKey.values()].filter(([first]) => first?.k !== undefined);
    const measurements = measures.map((values): Measurement => ({
      ...(values[0] as Measurement),
      value: this.#options.aggregateFn(values.map(({ value }) => value)),
    }));
    return {
      measurements: [
        ...measurements,
        ...this.sparsityOf('query_', all.queries.sparsity),
        ...this.sparsityOf('corpus_', all.corpus.sparsity),
        { key: 'avg_flops', value: all.queries.flopsWith(all.corpus) },
      ],
      primary: this.#primaryOf(measurements),
      others,
    };
  }

  #primaryOf(measurements: readonly Measurement[]): Measured['primary'] {
    const k = Math.max(...this.#options.ndcgAtK);
    const candidates = measurements.filter((each) => each.key === '{f}_ndcg@{k}' && each.k === k);
    const best = candidates.reduce((most, each) => (each.value > most.value ? each : most));
    const known = candidates.some(({ f }) => f === this.#main) ? this.#main : best.f;
    this.#main = this.#options.mainScoreFunction ?? known;
    return { key: '{f}_ndcg@{k}', f: this.#main ?? '', k };
  }
}

const FOLDERS = listOf('a list of folders, one at least', (folder) => aPath.accepts(folder));

const FOLDER_RULES: OptionRules<Required<NanoBEIRFolderOptions>> = {
  ...SHARED_RULES,
  split: nullable(aText),
};

function promptOf(option: string, given: TaskPrompts | null, task: string): string | undefined {
  if (given === null || typeof given === 'string') return given ?? undefined;
  const prompt = given[task];
  if (prompt === undefined) throw new OptionError(`${NAME}: ${option} has no prompt for the task "${task}"`);
  return prompt;
}
