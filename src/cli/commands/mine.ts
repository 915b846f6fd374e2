import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { counted } from '../../counted.js';
import { checkInput, STANDARD } from '../../data/lines.js';
import { readTexts } from '../../data/read-texts.js';
import type { Dataset } from '../../datasets/dataset.js';
import type { DatasetFormat } from '../../datasets/files/dataset-format.js';
import { readDataset } from '../../datasets/files/read-dataset.js';
import { selectColumns } from '../../datasets/select-columns.js';
import { InputError, OptionError } from '../../errors.js';
import { followLinks } from '../../files/write-file.js';
import type { Anchors } from '../../mining/anchors.js';
import { scoresFrom } from '../../mining/cross-scores.js';
import { Mining } from '../../mining/mining.js';
import {
  MINING_RULES,
  type MiningOptions,
  resolveMiningOptions,
  type ScoreDocuments,
} from '../../mining/options.js';
import type { MiningCounts } from '../../mining/report.js';
import { longFlag } from '../../shell/flag.js';
import { checkOutput, type OutputRule } from '../check-output.js';
import { tellMining } from '../mine-summary.js';
import { modelVersion } from '../model-version.js';
import { type CommonOptions, openModel } from '../open-model.js';
import type { Checkpoint, Output, Resumable } from '../output-contract.js';
import { openOutput } from '../output.js';
import { checkPartial, type Settings } from '../partial-file.js';

type OfTheLibrary = Omit<MiningOptions, 'corpus' | 'crossEncoder' | 'signal' | 'showProgressBar'>;

export interface MineCommandOptions extends CommonOptions, OfTheLibrary {
  readonly input: string;
  readonly inputFormat?: DatasetFormat;
  readonly corpus?: string;
  readonly scores?: string;
  readonly scoreColumn: string;
  readonly output: string;
  readonly force?: boolean;
  readonly resume?: boolean;
}

const MINING: Resumable = { what: 'a mining', unit: 'query', units: 'queries', keptEvery: 1000 };

/** `sparse-encoder mine`: reads pairs and writes rows with hard negatives. */
export async function mineCommand(modelPath: string, options: MineCommandOptions): Promise<void> {
  const { input, corpus, scores, output: path, force, resume } = options;
  const files = [input, corpus, scores].filter((file) => file !== undefined);
  const rule: OutputRule = { inputs: [...files, modelPath], force, resume };
  // These faults are reported before a model is loaded.
  if (resume === true && path === STANDARD) throw new OptionError('--resume needs a file as --output');
  const ofTheLibrary = libraryOptions(options);
  resolveMiningOptions(ofTheLibrary);
  for (const file of files) await checkInput(file);
  const isDevice = await checkOutput(path, rule);
  if (!isDevice) await checkPartial(path, rule, MINING);
  const dataset = await readDataset(input, { format: options.inputFormat ?? null });
  try {
    const settings = { '--model': await modelVersion(modelPath), ...rowsDependOn(options) };
    await mine(modelPath, dataset, { options, ofTheLibrary, rule, settings, isDevice });
  } finally {
    await dataset.close?.();
  }
}

interface Given {
  readonly options: MineCommandOptions;
  readonly ofTheLibrary: MiningOptions;
  readonly rule: OutputRule;
  readonly settings: Settings;
  readonly isDevice: boolean;
}

async function mine(modelPath: string, dataset: Dataset, given: Given): Promise<void> {
  const { options, rule, settings, isDevice } = given;
  const { output: path, cacheFolder } = options;
  checkColumns(dataset, options);
  const corpus = await textsOf(options.corpus);
  const crossEncoder = await scoresOf(dataset, options);
  const model = await openModel(modelPath, options);
  try {
    const begin = performance.now();
    const output = await openOutput(path, rule, settings, MINING);
    const cache = cacheFolder ?? (isDevice ? null : `${await followLinks(path)}.partial.corpus`);
    const keeper = cacheFolder === undefined && cache !== null ? keepUntilDone(cache) : undefined;
    // Lines on the same terminal already show the progress.
    const showProgressBar = !(path === STANDARD && process.stdout.isTTY);
    let last: Checkpoint | undefined;
    try {
      const mining = await Mining.open(
        dataset,
        model,
        { ...given.ofTheLibrary, corpus, crossEncoder, cacheFolder: cache, showProgressBar },
        output.done?.counts as MiningCounts | undefined,
      );
      const sha256 = hashOf(mining.data);
      requireSameData(output, sha256, options);
      last = { done: mining.counts.queries, counts: { ...mining.counts }, sha256 };
      for await (const rows of mining.rows()) {
        for (const row of rows) await output.write(JSON.stringify(row));
        last = { done: mining.counts.queries, counts: { ...mining.counts }, sha256 };
        await output.keep(() => last as Checkpoint);
      }
      await output.finish();
      keeper?.done();
      const seconds = (performance.now() - begin) / 1000;
      tellMining(mining, { options, resumed: output.done?.done ?? 0, seconds });
    } catch (error) {
      await output.stop(() => last ?? { done: 0, counts: {}, sha256: '' });
      keeper?.stopped();
      throw error;
    }
  } finally {
    await model.dispose();
  }
}

/** @throws InputError that names the file, if it lacks a column */
function checkColumns(dataset: Dataset, options: MineCommandOptions): void {
  const { anchorColumnName, positiveColumnName, input } = options;
  const names = [anchorColumnName, positiveColumnName].filter((name) => typeof name === 'string');
  selectColumns(dataset, names, input);
}

async function textsOf(path: string | undefined): Promise<string[] | null> {
  if (path === undefined) return null;
  const texts: string[] = [];
  for await (const { text } of readTexts(path)) texts.push(text);
  return texts;
}

async function scoresOf(
  { columns }: Dataset,
  { scores: path, scoreColumn, anchorColumnName, positiveColumnName }: MineCommandOptions,
): Promise<ScoreDocuments | null> {
  if (path === undefined) return null;
  const anchor = anchorColumnName ?? columns[0] ?? '';
  const document = positiveColumnName ?? columns[1] ?? '';
  const dataset = await readDataset(path, { columns: [anchor, document, scoreColumn] });
  try {
    return await scoresFrom(dataset, { anchor, document, score: scoreColumn });
  } finally {
    await dataset.close?.();
  }
}

const OF_THE_LIBRARY = Object.keys(MINING_RULES) as (keyof MiningOptions)[];

function libraryOptions(options: MineCommandOptions): MiningOptions {
  const { corpus: _, ...given } = options;
  return Object.fromEntries(
    OF_THE_LIBRARY.flatMap((name) => (name in given ? [[name, given[name as keyof typeof given]]] : [])),
  );
}

/** The options that a mining must share with the one that it resumes. */
function rowsDependOn(options: MineCommandOptions): Settings {
  const notTheRows = new Set<string>(['cacheFolder', 'showProgressBar', 'signal', 'corpus', 'crossEncoder']);
  const given: Readonly<Record<string, unknown>> = { ...options };
  const names = ['engine', 'scores', 'scoreColumn', ...OF_THE_LIBRARY].filter(
    (name) => !notTheRows.has(name),
  );
  return Object.fromEntries(names.map((name) => [longFlag(name), (given[name] ?? null) as Settings[string]]));
}

function hashOf({ columns, anchors, corpus }: Anchors): string {
  const hash = createHash('sha256').update(JSON.stringify(columns));
  for (const each of [...corpus, ...anchors]) hash.update(`${JSON.stringify(each)}\n`);
  return hash.digest('hex');
}

/** @throws InputError if the data is not that of the run that is resumed */
function requireSameData({ done }: Output, sha256: string, options: MineCommandOptions): void {
  if (done === undefined || done.sha256 === sha256) return;
  const files = options.corpus === undefined ? options.input : `${options.input} or ${options.corpus}`;
  throw new InputError(
    `${files} changed since ${counted(done.done, MINING.unit, MINING.units)} of ${options.output} were written; start again with --force`,
  );
}

/** The folder of the encoded corpus stays if the run stops, however that happens, and is removed at its end. */
function keepUntilDone(folder: string): { done: () => void; stopped: () => void } {
  const tellKept = (): void => {
    if (existsSync(folder)) {
      process.stderr.write(`${folder} keeps the encoded corpus; continue with --resume\n`);
    }
  };
  process.once('exit', tellKept);
  return {
    done: () => {
      process.off('exit', tellKept);
      rmSync(folder, { recursive: true, force: true });
    },
    stopped: () => {
      process.off('exit', tellKept);
      tellKept();
    },
  };
}
