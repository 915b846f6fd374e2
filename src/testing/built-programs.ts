import { join } from 'node:path';

/** Programs and modules that only tests start in processes, as paths of sources without `.ts`. */
export const TEST_PROGRAMS = [
  'src/testing/files/export-and-die',
  'src/testing/files/replace-again',
  'src/testing/files/write-and-die',
] as const;

type Program = (typeof TEST_PROGRAMS)[number] | 'src/cli/main' | 'parity/main' | 'src/index';

/** Where the environment says that the programs are. */
export const BUILT_PROGRAMS = 'SPARSE_ENCODER_TEST_PROGRAMS';

/** The JavaScript of a program, made of the sources when the run of tests began (`setup/build-programs.ts`). */
export function builtProgram(program: Program): string {
  const folder = process.env[BUILT_PROGRAMS];
  if (folder === undefined) throw new Error(`${BUILT_PROGRAMS} is not set; run the tests by Vitest`);
  return join(folder, 'dist', `${program}.js`);
}
