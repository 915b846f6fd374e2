import { expect, it } from 'vitest';
import { ReferenceUnavailableError } from '../../src/python/errors.js';
import { SearchEngineError } from './engine.js';
import { runProgram } from './run-program.js';

const run = (program: string, env?: Record<string, string>): Promise<string> =>
  runProgram(process.execPath, ['-e', program], env);

it('gives what a program prints, which has the environment of this process and more', async () => {
  const program = `process.stdout.write([process.env.PATH === undefined, process.env.MORE].join())`;
  expect(await run(program, { MORE: 'yes' })).toBe('false,yes');
});

it('says how a program ended that fails, and its last lines', async () => {
  const failing = run(`console.error('no space left'); process.exit(4)`);
  await expect(failing).rejects.toThrow(SearchEngineError);
  await expect(failing).rejects.toThrow(/ended with exit code 4\. Its last lines:\nno space left$/);
});

it('tells a program that is not there from one that fails', async () => {
  const error = await runProgram('no-such-program-here', []).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ReferenceUnavailableError);
});
