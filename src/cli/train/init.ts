import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { writeTextWhole } from '../../files/write-file.js';
import { packageRoot } from '../../package-root.js';
import { COLUMNS, wrapped } from '../../shell/help-text.js';
import { exists } from '../check-output.js';
import { describedSetting, SCHEMA_FILE } from './schema.js';
import { TRAIN_RULES, type TrainSettings } from './settings.js';

/** What stands in a new configuration to be filled in. */
const TO_FILL_IN: Partial<TrainSettings> = { model: 'path/to/model', train: 'train.jsonl', output: 'run' };
/** Settings that most runs change; they stand in it as they are by default. */
const USUAL: readonly (keyof TrainSettings)[] = [
  'numTrainEpochs',
  'perDeviceTrainBatchSize',
  'learningRate',
  'warmupSteps',
];

/**
 * Writes a configuration with every setting in it: those that nobody needs to change as comments.
 *
 * @throws InputError for a file that exists
 */
export async function writeConfig(path: string): Promise<void> {
  if (existsSync(path)) throw exists(path);
  await writeTextWhole(path, configText(relative(dirname(resolve(path)), join(packageRoot(), SCHEMA_FILE))));
}

/** @param schema where the schema lies, seen from the configuration */
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
