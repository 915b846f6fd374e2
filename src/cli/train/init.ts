import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { writeTextWhole } from '../../files/write-file.js';
import { packageRoot } from '../../package-root.js';
import { COLUMNS, wrapped } from '../../shell/help-text.js';
import { exists } from '../check-output.js';
import { describedSetting, SCHEMA_FILE } from './schema.js';
import { TRAIN_RULES, type TrainSettings } from './settings.js';

/** Placeholders in a new configuration, for the user to replace. */
const TO_FILL_IN: Partial<TrainSettings> = { model: 'path/to/model', train: 'train.jsonl', output: 'run' };
/** Settings that most runs change. A new configuration lists them with their defaults. */
const USUAL: readonly (keyof TrainSettings)[] = [
  'numTrainEpochs',
  'perDeviceTrainBatchSize',
  'learningRate',
  'warmupSteps',
];

/**
 * Writes a configuration with every setting in it. Settings that users rarely change are comments.
 *
 * @throws InputError if the file exists
 */
export async function writeConfig(path: string): Promise<void> {
  if (existsSync(path)) throw exists(path);
  await writeTextWhole(path, configText(relative(dirname(resolve(path)), join(packageRoot(), SCHEMA_FILE))));
}

/** @param schema the path of the schema, relative to the configuration */
export function configText(schema: string): string {
  const url = schema.split(sep).join('/');
  const lines = (Object.keys(TRAIN_RULES) as (keyof TrainSettings)[]).flatMap((name) => {
    const value = TO_FILL_IN[name] ?? TRAIN_RULES[name].default ?? null;
    const line = `${JSON.stringify(name)}: ${JSON.stringify(value)},`;
    const isActive = Object.hasOwn(TO_FILL_IN, name) || USUAL.includes(name);
    const told = wrapped(`// ${describedSetting(name)}`, '  // ', COLUMNS - 2);
    return ['', `  ${told}`, `  ${isActive ? '' : '// '}${line}`];
  });
  const start = url.startsWith('.') ? url : `./${url}`;
  return ['{', `  "$schema": ${JSON.stringify(start)},`, ...lines, '}', ''].join('\n');
}
