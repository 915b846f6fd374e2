import { join } from 'node:path';
import { BUILT_PROGRAMS } from '../worker-thread.js';

/** Programs and modules that only tests start in processes, as paths of sources without `.ts`. */
export const TEST_PROGRAMS = [
  'src/testing/files/export-and-die',
  'src/testing/files/replace-again',
  'src/testing/files/write-and-die',
] as const;

/** The JavaScript of a program or an entry of the package, made of the sources when the run of tests began (`setup/build-programs.ts`). */
export function builtProgram(program: string): string {
  const folder = process.env[BUILT_PROGRAMS];
  if (folder === undefined) throw new Error(`${BUILT_PROGRAMS} is not set; run the tests by Vitest`);
  return join(folder, 'dist', `${program}.js`);
}
