import { join } from 'node:path';
import { BUILT_PROGRAMS } from '../worker-thread.js';

/** Programs and modules that only tests start as processes, as paths of sources without `.ts`. */
export const TEST_PROGRAMS = [
  'src/engine/runtime/background/background-session',
  'src/testing/files/export-and-die',
  'src/testing/files/replace-again',
  'src/testing/files/write-and-die',
] as const;

/** The model of one layer, in the folder of the programs. It has the name of the model that it is made of. */
export const ONE_LAYER_MODEL = join('models', 'splade-bert');

/** The JavaScript of a program or an entry of the package, built from the sources when the test run began (`setup/build-programs.ts`). */
export const builtProgram = (program: string): string => join(builtFolder(), 'dist', `${program}.js`);

/**
 * The fixture `splade-bert` with one layer instead of two: its training programs compile in two thirds of the time. It is
 * for tests of the trainer, to which the model does not matter.
 */
export const oneLayerModel = (): string => join(builtFolder(), ONE_LAYER_MODEL);

function builtFolder(): string {
  const folder = process.env[BUILT_PROGRAMS];
  if (folder === undefined) throw new Error(`${BUILT_PROGRAMS} is not set; run the tests with Vitest`);
  return folder;
}
