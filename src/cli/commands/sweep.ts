import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OptionError } from '../../errors.js';
import { readRetrieval } from '../../evaluation/read-retrieval.js';
import type { RetrievalTask } from '../../evaluation/retrieval-task.js';
import type { SweepOptions } from '../../evaluators/sweep-options.js';
import { truncationSweep, type SweepPoint } from '../../evaluators/sweep.js';
import { MODULES_FILE } from '../../files/folder/modules-json.js';
import { writeTextWhole } from '../../files/write-file.js';
import { plainTable } from '../../shell/table.js';
import { tell } from '../../shell/tell.js';
import { checkOutput } from '../check-output.js';
import { type CommonOptions, openModel } from '../open-model.js';
import { sweepPicture } from '../sweep-picture.js';
import { SWEEP_FILE, sweepRows, writeSweep } from '../sweep-result.js';
import { readSettings } from '../train/read-settings.js';
import { checkRunFolder, finalModel } from '../train/run-folder.js';
import { trained } from './train.js';

export interface SweepCommandOptions extends CommonOptions, Required<Omit<SweepOptions, 'showProgressBar'>> {
  readonly task: string;
  readonly config?: string;
  readonly vary?: string;
  readonly output?: string;
  readonly svg?: string;
  readonly results?: string;
  readonly force?: boolean;
}

/** `sparse-encoder sweep`: nDCG and costs of one model, truncated in several ways, or of models trained in several ways. */
export async function sweepCommand(model: string | undefined, options: SweepCommandOptions): Promise<void> {
  const { config, vary, output, json, svg, results, force, task: folder, k } = options;
  const isTraining =
    config !== undefined && vary !== undefined && output !== undefined && model === undefined;
  if (!isTraining && (model === undefined || (config ?? vary ?? output) !== undefined)) {
    throw new OptionError('sweep takes either a model, or all of --config, --vary and --output');
  }
  const inputs = [folder, ...(model === undefined ? [] : [model])];
  for (const file of [svg, results]) if (file !== undefined) await checkOutput(file, { inputs, force });
  const task = await readRetrieval(folder);
  const points = isTraining
    ? await trainedPoints({ config, vary, output }, task, options)
    : await truncatedPoints(model ?? '', task, options);
  const result = { task: folder, k, varied: vary?.split('=')[0] ?? null, points };
  if (svg !== undefined) await writeTextWhole(svg, sweepPicture(result));
  if (results !== undefined) await writeSweep(results, result);
  // The folder of the runs is the sweep's own; the runs in it are complete now.
  if (isTraining) await writeSweep(join(output, SWEEP_FILE), result);
  process.stdout.write(
    json === true ? `${JSON.stringify({ points }, null, 2)}\n` : `${plainTable(sweepRows(result))}\n`,
  );
}

async function truncatedPoints(
  model: string,
  task: RetrievalTask,
  { maxActiveDims, ratios, truncate, k, batchSize, ...options }: SweepCommandOptions,
): Promise<SweepPoint[]> {
  const encoder = await openModel(model, options);
  try {
    return await truncationSweep(encoder, task, {
      maxActiveDims,
      ratios,
      truncate,
      k,
      batchSize,
      showProgressBar: true,
    });
  } finally {
    await encoder.dispose();
  }
}

interface Training {
  readonly config: string;
  readonly vary: string;
  readonly output: string;
}

async function trainedPoints(
  { config, vary, output }: Training,
  task: RetrievalTask,
  options: SweepCommandOptions,
): Promise<SweepPoint[]> {
  const { name, values } = variation(vary);
  const runs = await Promise.all(
    values.map(async (value) => ({
      value,
      settings: await readSettings(config, { [name]: value, output: join(output, `${name}-${value}`) }),
    })),
  );
  const points: SweepPoint[] = [];
  for (const { value, settings } of runs) {
    const final = finalModel(settings.output);
    if (existsSync(join(final, MODULES_FILE))) tell(`${final} is there already; it is not trained again`);
    else {
      await checkRunFolder(settings.output, false);
      await trained(settings, options);
    }
    const [point] = await truncatedPoints(final, task, { ...options, maxActiveDims: [], ratios: [] });
    if (point !== undefined) points.push({ ...point, name: `${name} ${value}`, value });
  }
  return points;
}

/** @throws OptionError if the text is not NAME=NUMBER,NUMBER */
function variation(text: string): { readonly name: string; readonly values: readonly number[] } {
  const [, name = '', list = ''] = /^(\w+)=(.+)$/.exec(text) ?? [];
  const values = list.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (name !== '' && values.every(Number.isFinite) && new Set(values).size === values.length) {
    return { name, values };
  }
  throw new OptionError(
    `--vary is ${JSON.stringify(text)}; expected a setting and different numbers, as documentRegularizerWeight=0.01,0.03`,
  );
}
