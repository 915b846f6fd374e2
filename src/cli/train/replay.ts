import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkInput } from '../../data/lines.js';
import { printable } from '../../printable.js';
import { EXIT } from '../../shell/exit-codes.js';
import { type ReplayedStep, replayStep } from '../../trainer/replay.js';
import { readStepCase } from '../../trainer/step-case.js';
import { warn } from '../../warnings.js';
import { openModel } from '../open-model.js';
import { aFigure } from './figures.js';
import { chosenLosses } from './losses.js';
import { closeAll, openDatasets } from './open-datasets.js';
import type { TrainSettings } from './settings.js';

interface ReplayReport extends Omit<ReplayedStep, 'loss' | 'components'> {
  readonly step: number;
  /** The folder with the parameters before the step. */
  readonly model: string;
  /** A text if it is not finite, because JSON has no such numbers. */
  readonly loss: number | string;
  readonly components: Readonly<Record<string, number | string>>;
}

/** `sparse-encoder train --replay`: computes a step again that was not finite. Ends with 1 if it still is not finite. */
export async function replayCommand(
  path: string,
  settings: TrainSettings,
  options: { readonly threads?: number; readonly json?: boolean },
): Promise<void> {
  await checkInput(path);
  const { step, checkpoint } = await readStepCase(path);
  const before = join(dirname(path), checkpoint);
  const folder = existsSync(before) ? before : settings.model;
  if (folder !== before) {
    warn(`there is no ${checkpoint} beside ${path}; using ${folder}, whose parameters may differ.`);
  }
  const datasets = await openDatasets(settings);
  try {
    const model = await openModel(folder, { engine: 'onnx', ...options });
    try {
      if (settings.lora !== null && !model.hasAdapter) model.addAdapter(settings.lora, settings.seed);
      const found = await replayStep(model, await chosenLosses(settings, model, datasets), path);
      if (!isFinite(found)) process.exitCode = EXIT.finding;
      const report = reportOf(found, { step, model: folder });
      process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : inWords(report));
    } finally {
      await model.dispose();
    }
  } finally {
    await closeAll(datasets);
  }
}

const isFinite = ({ loss, gradientsNotFinite }: ReplayedStep): boolean =>
  Number.isFinite(loss) && gradientsNotFinite.length === 0;

const forJson = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

function reportOf(
  { loss, components, ...rest }: ReplayedStep,
  about: Pick<ReplayReport, 'step' | 'model'>,
): ReplayReport {
  const told = Object.entries(components).map(([name, value]) => [name, forJson(value)] as const);
  return { ...about, loss: forJson(loss), components: Object.fromEntries<number | string>(told), ...rest };
}

function inWords({ step, model, loss, components, gradientsNotFinite: names }: ReplayReport): string {
  const told = (value: number | string): string => (typeof value === 'number' ? aFigure(value) : value);
  return [
    `step ${step}, computed again with ${printable(model)}: loss ${told(loss)}`,
    ...Object.entries(components).map(([name, value]) => `  ${name} ${told(value)}`),
    ...(names.length === 0 ? [] : ['gradients that are not finite:', ...names.map((name) => `  ${name}`)]),
    '',
  ].join('\n');
}
