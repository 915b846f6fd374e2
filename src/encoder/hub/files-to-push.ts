import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../errors.js';
import { MODULES_FILE } from '../../files/folder/modules-json.js';
import { isMissing } from '../../files/is-missing.js';

/** What a run leaves beside a model, which does not belong to it. */
const NOT_OF_A_MODEL = /^(?:\..*|checkpoint-\d+|runs|eval)$/;

/**
 * The paths of the files of a model's folder, with `/`, in order. Hidden files, checkpoints and logs of a run are left out.
 *
 * @throws InputError if the folder has no model
 */
export async function filesToPush(folder: string): Promise<string[]> {
  const paths = await filesIn(folder, '').catch((error: unknown) => {
    if (isMissing(error)) {
      throw new InputError(`there is no folder ${folder}; expected the folder of a model`);
    }
    throw error;
  });
  if (paths.includes(MODULES_FILE)) return paths;
  throw new InputError(
    `${folder} has no ${MODULES_FILE}; expected the folder of a model, as \`save\`, \`train\` and \`export\` write it`,
  );
}

async function filesIn(folder: string, inside: string): Promise<string[]> {
  const entries = await readdir(join(folder, inside), { withFileTypes: true });
  const kept = entries.filter(({ name }) => !NOT_OF_A_MODEL.test(name));
  const paths = await Promise.all(
    kept.map(async (entry) => {
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      return entry.isDirectory() ? await filesIn(folder, path) : [path];
    }),
  );
  return paths.flat().toSorted();
}
