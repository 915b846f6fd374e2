import { readFile } from 'node:fs/promises';
import { isObject } from '../../arguments.js';
import { withoutComments } from '../../data/json-comments.js';
import { checkInput } from '../../data/lines.js';
import { parseJsonLines } from '../../data/parse-json-line.js';
import { describe } from '../../describe.js';
import { InputError } from '../../errors.js';
import { resolveOptions } from '../../options.js';
import { TRAIN_RULES, type TrainSettings } from './settings.js';

/** A name that a configuration may have in addition to the settings. */
const FOR_EDITORS = '$schema';

/**
 * Reads the settings of a configuration, a JSON file that may have comments. Flags override them.
 *
 * @param given the settings that flags have set
 * @throws InputError if the file is not JSON, naming line and column
 * @throws OptionError if a setting is unknown (naming the nearest one), of the wrong type, or missing
 */
export async function readSettings(config: string | undefined, given: object): Promise<TrainSettings> {
  const file = config === undefined ? {} : await readConfig(config);
  return resolveOptions<TrainSettings>(config ?? 'train', TRAIN_RULES, { ...file, ...given });
}

async function readConfig(path: string): Promise<object> {
  await checkInput(path);
  const value = parseJsonLines(withoutComments(await readFile(path, 'utf8')).split('\n'), path);
  if (!isObject(value) || Array.isArray(value)) {
    throw new InputError(`${path} holds ${describe(value)}; expected an object of settings`);
  }
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== FOR_EDITORS));
}
