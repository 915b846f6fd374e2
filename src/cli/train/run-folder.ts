import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, UsageError } from '../../errors.js';
import { isMissing } from '../../files/is-missing.js';
import { checkpointsIn } from '../../trainer/checkpoint.js';

/** The folder of the trained model inside the folder of a run. */
export const finalModel = (output: string): string => join(output, 'final');

/**
 * Checks that a run may write into a folder, before anything is computed. The folder must be new or empty. A resumed run
 * needs one with a checkpoint.
 *
 * @throws UsageError or InputError
 */
export async function checkRunFolder(output: string, resume: boolean): Promise<void> {
  const names = await readdir(output).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') throw error;
    throw new InputError(`${output} is not a folder; expected a new folder for the run`);
  });
  if (resume) {
    if (names === undefined) throw new InputError(`there is no folder ${output} to resume from`);
    // The trainer looks for a whole checkpoint, which takes time.
    if ((await checkpointsIn(output)).length > 0) return;
    throw new InputError(`there is no checkpoint in ${output} to resume training from`);
  }
  if (names === undefined || names.length === 0) return;
  throw new UsageError(
    names.some((name) => name.startsWith('checkpoint-'))
      ? `${output} holds a run; resume it with --resume, or train into another folder`
      : `${output} is not empty; train into a new folder`,
  );
}
