import { join } from 'node:path';
import { BUILT_PROGRAMS } from '../worker-thread.js';

/** Programs and modules that only tests start as processes, as paths of sources without `.ts`. */
export const TEST_PROGRAMS = [
  'src/testing/files/export-and-die',
  'src/testing/files/replace-again',
  'src/testing/files/write-and-die',
] as const;

/** The JavaScript of a program or an entry of the package, built from the sources when the test run began (`setup/build-programs.ts`). */
export function builtProgram(program: string): string {
  const folder = process.env[BUILT_PROGRAMS];
  if (folder === undefined) throw new Error(`${BUILT_PROGRAMS} is not set; run the tests with Vitest`);
  return join(folder, 'dist', `${program}.js`);
}
