import { basename, resolve } from 'node:path';
import { readRetrieval } from '../../evaluation/read-retrieval.js';
import { writeTextWhole } from '../../files/write-file.js';
import { checkOutput } from '../check-output.js';
import { evaluateModel, type ModelResult, type TaskToEvaluate } from '../evaluate/evaluate-model.js';
import { comparisonsOf, meansOf, meansText, type TaskResult, taskText } from '../evaluate/report.js';
import { type CommonOptions, openModel } from '../open-model.js';

export interface EvaluateCommandOptions extends Omit<CommonOptions, 'json'> {
  readonly task: readonly string[];
  readonly split?: string;
  readonly batchSize: number;
  readonly maxActiveDims?: number;
  /** True prints JSON; a path also writes it. */
  readonly json?: boolean | string;
  readonly force?: boolean;
}

/** `sparse-encoder evaluate`: every model on every task, with the costs of a search. */
export async function evaluateCommand(
  models: readonly string[],
  options: EvaluateCommandOptions,
): Promise<void> {
  const { task: folders, split, batchSize, maxActiveDims, json, force } = options;
  if (typeof json === 'string') await checkOutput(json, { inputs: [...models, ...folders], force });
  const tasks: (TaskToEvaluate & { readonly folder: string })[] = [];
  for (const folder of folders) {
    tasks.push({ folder, name: basename(resolve(folder)), task: await readRetrieval(folder, split) });
  }
  const encoding = { batchSize, ...(maxActiveDims !== undefined && { maxActiveDims }) };
  const found: ModelResult[][] = tasks.map(() => []);
  for (const name of models) {
    const { json: _, ...engine } = options;
    const model = await openModel(name, engine);
    try {
      for (const [at, each] of tasks.entries()) {
        found[at]?.push(await evaluateModel(name, model, each, encoding));
      }
    } finally {
      await model.dispose();
    }
  }
  const results = tasks.map(({ name, folder, task }, at): TaskResult => ({
    task: name,
    folder,
    queries: found[at]?.[0]?.scores.length ?? 0,
    documents: task.documents.length,
    models: found[at] ?? [],
  }));
  const report = JSON.stringify(reportOf(results), null, 2);
  if (typeof json === 'string') await writeTextWhole(json, `${report}\n`);
  process.stdout.write(json === true ? `${report}\n` : `${textOf(results)}\n`);
}

const reportOf = (results: readonly TaskResult[]): object => ({
  schemaVersion: 1,
  tasks: results.map((result) => ({
    ...result,
    models: result.models.map(({ model, similarity, metrics, interval, costs }) => ({
      model,
      similarity,
      metrics,
      interval,
      costs,
    })),
    comparisons: comparisonsOf(result),
  })),
  ...(results.length > 1 && { means: meansOf(results) }),
});

const textOf = (results: readonly TaskResult[]): string =>
  [...results.map(taskText), ...(results.length > 1 ? [meansText(results)] : [])].join('\n\n');
