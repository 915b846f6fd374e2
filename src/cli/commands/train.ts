import { readDataset } from '../../datasets/files/read-dataset.js';
import { UsageError } from '../../errors.js';
import { readRetrieval } from '../../evaluation/read-retrieval.js';
import { textsById } from '../../evaluation/retrieval-task.js';
import { SparseInformationRetrievalEvaluator } from '../../evaluators/retrieval/information-retrieval-evaluator.js';
import { resolveLoraOptions } from '../../modules/lora/lora-config.js';
import { printable } from '../../printable.js';
import { commandLine } from '../../shell/help-text.js';
import { interruptible, Interruption } from '../../shell/interruptible.js';
import { tell } from '../../shell/tell.js';
import { SparseEncoderTrainer } from '../../trainer/trainer.js';
import { resolveTrainingArguments } from '../../trainer/training-arguments.js';
import { openModel } from '../open-model.js';
import { writeConfig } from '../train/init.js';
import { liveView } from '../train/live-view.js';
import { chosenLosses } from '../train/losses.js';
import { closeAll, type NamedDatasets, openDatasets } from '../train/open-datasets.js';
import { readSettings } from '../train/read-settings.js';
import { replayCommand } from '../train/replay.js';
import { reportOf, reportText, type TrainReport } from '../train/report.js';
import { checkRunFolder, finalModel } from '../train/run-folder.js';
import { trainingArguments, type TrainSettings } from '../train/settings.js';

export interface TrainCommandOptions {
  readonly threads?: number;
  readonly json?: boolean;
  readonly resume?: boolean;
  readonly quiet?: boolean;
  readonly init?: boolean;
  readonly replay?: string;
}

const CONFIG_FILE = 'train.json';

/**
 * `sparse-encoder train`: a run by a configuration, by flags or by both.
 *
 * @param given settings that flags name
 */
export async function trainCommand(
  config: string | undefined,
  options: TrainCommandOptions,
  given: object,
): Promise<void> {
  const { json, resume = false, init, replay } = options;
  if (init === true) {
    if (Object.keys(given).length > 0) throw new UsageError('--init takes no settings; it writes a file');
    const path = config ?? CONFIG_FILE;
    await writeConfig(path);
    process.stdout.write(`${path} written; fill it in, then: sparse-encoder train ${path}\n`);
    return;
  }
  const settings = await readSettings(config, given);
  resolveTrainingArguments(trainingArguments(settings));
  resolveLoraOptions('lora', settings.lora ?? {});
  if (replay !== undefined) return await replayCommand(replay, settings, options);
  await checkRunFolder(settings.output, resume);
  const report = await trained(settings, options);
  process.stdout.write(json === true ? `${JSON.stringify(report)}\n` : reportText(report));
}

/** Trains by the settings and saves the model, with a live view on a terminal. */
export async function trained(settings: TrainSettings, options: TrainCommandOptions): Promise<TrainReport> {
  const retrieval = settings.retrieval === null ? undefined : await readRetrieval(settings.retrieval);
  const datasets = await openDatasets(settings);
  const evaluated =
    settings.eval === null
      ? undefined
      : await readDataset(settings.eval, { columns: settings.columns }).catch(async (error: unknown) => {
          await closeAll(datasets);
          throw error;
        });
  const opened: NamedDatasets = evaluated === undefined ? datasets : [...datasets, [undefined, evaluated]];
  try {
    const model = await openModel(settings.model, { engine: 'onnx', ...options });
    const view = liveView();
    try {
      if (settings.lora !== null) model.addAdapter(settings.lora, settings.seed);
      const trainer = new SparseEncoderTrainer({
        model,
        args: trainingArguments(settings),
        trainDataset: sourceOf(datasets),
        loss: await chosenLosses(settings, model, datasets),
        callbacks: options.quiet === true ? [] : [view.callback],
        ...(evaluated !== undefined && { evalDataset: evaluated }),
        ...(retrieval !== undefined && {
          evaluator: new SparseInformationRetrievalEvaluator(textsById(retrieval)),
        }),
      });
      return await run(trainer, settings, options.resume === true);
    } finally {
      view.stop();
      await model.dispose();
    }
  } finally {
    await closeAll(opened);
  }
}

async function run(
  trainer: SparseEncoderTrainer,
  settings: TrainSettings,
  resume: boolean,
): Promise<TrainReport> {
  return await interruptible(async (signal) => {
    const told = (): void =>
      tell('stopping after this step, with a checkpoint; once more ends at once, without one');
    signal.addEventListener('abort', told);
    const output = await trainer.train({ resumeFromCheckpoint: resume, signal });
    if (signal.aborted && output.isStopped) {
      throw new Interruption(howToGoOn(settings, output.globalStep), Number(signal.reason));
    }
    await trainer.saveModel(finalModel(settings.output), { overwrite: resume });
    return reportOf(settings.output, output, settings.loadBestModelAtEnd);
  });
}

function howToGoOn({ output, saveOnlyModel }: TrainSettings, step: number): string {
  if (saveOnlyModel) return `stopped after step ${step}; saveOnlyModel keeps nothing to go on from`;
  const given = process.argv.slice(2);
  const words = ['sparse-encoder', ...given, ...(given.includes('--resume') ? [] : ['--resume'])];
  return `stopped after step ${step}, whose checkpoint is in ${printable(output)}; to go on:\n${commandLine(words)}`;
}

function sourceOf(
  datasets: NamedDatasets,
): ConstructorParameters<typeof SparseEncoderTrainer>[0]['trainDataset'] & {} {
  const [first] = datasets;
  if (first !== undefined && first[0] === undefined) return first[1];
  return Object.fromEntries(datasets.map(([name, dataset]) => [String(name), dataset]));
}
