import { join } from 'node:path';
import { allTexts } from '../../data/all-texts.js';
import type { InputFormat } from '../../data/input-formats.js';
import { InputError, OptionError } from '../../errors.js';
import { readRetrieval } from '../../evaluation/read-retrieval.js';
import type { RetrievalTask } from '../../evaluation/retrieval-task.js';
import { writeTextWhole } from '../../files/write-file.js';
import { htmlPage, type Section } from '../../html/page.js';
import { checkOutput } from '../check-output.js';
import { type CommonOptions, openModel } from '../open-model.js';
import { evaluationCurves, trainingCurves } from '../report/curves.js';
import { environmentHtml } from '../report/environment-html.js';
import { type NamedModel, type ShownText, strongestTerms } from '../report/examples.js';
import { readRun, type Run } from '../report/read-run.js';
import { sweepHtml } from '../report/sweep-html.js';
import { fromCard, leadOf } from '../report/words.js';
import { worstQueries } from '../report/worst-queries.js';
import { readSweep, SWEEP_FILE, type SweepResult } from '../sweep-result.js';

export interface ReportCommandOptions extends CommonOptions {
  readonly output?: string;
  readonly task?: string;
  readonly base?: string;
  readonly texts?: string;
  readonly sweep?: string;
  readonly inputFormat?: InputFormat;
  readonly force?: boolean;
}

const REPORT_FILE = 'report.html';
/** Texts whose terms are shown. */
const MOST_TEXTS = 12;
/** Queries and documents of a task that serve as texts where no others are given. */
const OF_A_TASK = 3;

/** `sparse-encoder report`: a run as one HTML file. */
export async function reportCommand(folder: string, options: ReportCommandOptions): Promise<void> {
  const { task: taskFolder, base, json } = options;
  const output = options.output ?? join(folder, REPORT_FILE);
  const run = await readRun(folder);
  await checkOutput(output, { inputs: [], force: options.force });
  if (base !== undefined && taskFolder === undefined && options.texts === undefined) {
    throw new OptionError('--base shows what texts were before; it needs --texts or --task');
  }
  const task = taskFolder === undefined ? undefined : await readRetrieval(taskFolder);
  const texts = await textsToShow(options, task);
  const swept = await sweepOf(folder, options.sweep);
  const sections: Section[] = [
    ...section('training', 'Training', trainingCurves(run.entries)),
    ...section('evaluation', 'Evaluation over time', evaluationCurves(run.entries)),
    ...(await modelSections(run, { task, texts, options })),
    ...section('sweep', 'Sparsity against quality', swept === undefined ? '' : sweepHtml(swept)),
    ...section('data', 'Data and settings', fromCard(run.card)),
    ...section('environment', 'Environment', environmentHtml(run.environments)),
  ];
  await writeTextWhole(output, htmlPage(`Training run ${folder}`, leadOf(run), sections));
  process.stdout.write(json === true ? `${JSON.stringify({ output })}\n` : `${output}\n`);
}

/** @throws InputError if the file that is given does not exist, or holds something else */
async function sweepOf(folder: string, given: string | undefined): Promise<SweepResult | undefined> {
  const found = await readSweep(given ?? join(folder, SWEEP_FILE));
  if (given === undefined || found !== undefined) return found;
  throw new InputError(`there is no file ${given}; expected what \`sweep --results\` has written`);
}

const section = (id: string, title: string, body: string): Section[] =>
  body === '' ? [] : [{ id, title, body }];

async function textsToShow(
  { texts, inputFormat }: ReportCommandOptions,
  task: RetrievalTask | undefined,
): Promise<readonly ShownText[]> {
  const shown =
    (isQuery: boolean) =>
    (text: string): ShownText => ({ text, isQuery });
  if (texts !== undefined) {
    const given = await allTexts(texts, { format: inputFormat });
    return given.texts.slice(0, MOST_TEXTS).map(shown(false));
  }
  const { queries = [], documents = [] } = task ?? {};
  return [
    ...queries.slice(0, OF_A_TASK).map(shown(true)),
    ...documents.slice(0, OF_A_TASK).map(shown(false)),
  ];
}

interface Shown {
  readonly task: RetrievalTask | undefined;
  readonly texts: readonly ShownText[];
  readonly options: ReportCommandOptions;
}

const NO_MODEL = '<p class="note">The run has left no model that could encode them.</p>';

/** What only the models themselves can tell. They are not opened where nothing is asked of them. */
async function modelSections(run: Run, { task, texts, options }: Shown): Promise<Section[]> {
  if (texts.length === 0) return [];
  if (run.model === undefined) return section('terms', 'Texts and queries', NO_MODEL);
  const opened: NamedModel[] = [];
  try {
    if (options.base !== undefined) {
      opened.push({ name: 'before', model: await openModel(options.base, options) });
    }
    const model = await openModel(run.model, options);
    opened.push({ name: 'after', model });
    return [
      ...section('terms', 'Texts and their strongest terms', await strongestTerms(texts, opened)),
      ...section('worst', 'The worst queries', task === undefined ? '' : await worstQueries(model, task)),
    ];
  } finally {
    for (const { model } of opened) await model.dispose();
  }
}
