import { expect, it } from 'vitest';
import { runProgram } from './child-program.js';
import type { Outcome } from './consumer.js';
import { ConsumerUnavailableError } from './errors.js';

const OUTCOME: Outcome = { version: 'it 1.0', loadSeconds: 1, encodeSeconds: 2, embeddings: [] };
const run = async (program: string, task: unknown = {}): Promise<Outcome> =>
  await runProgram([process.execPath, '-e', program], task);

it('gives the task to a program, and takes the last line that it prints', async () => {
  const program = `process.stdin.on('data', (task) => {
    console.log('a word of a library');
    console.log(JSON.stringify({ ...${JSON.stringify(OUTCOME)}, version: JSON.parse(task).name }));
  })`;
  expect(await run(program, { name: 'it 2.0' })).toEqual({ ...OUTCOME, version: 'it 2.0' });
});

it('says how a program ended that fails, and its last lines', async () => {
  await expect(run(`console.error('first'); console.error('no such file'); process.exit(3)`)).rejects.toThrow(
    /ended with exit code 3\. Its last lines:\nfirst\nno such file$/,
  );
});

it.each([
  ['no JSON', 'ready'],
  ['something else', '{"version":1}'],
  ['nothing', ''],
])('says what a program printed instead of an outcome: %s', async (_, line) => {
  await expect(run(`console.log(${JSON.stringify(line)})`)).rejects.toThrow(
    /^the last line that .* prints is not an outcome: /,
  );
});

it('tells a program that is not there from one that fails', async () => {
  const error = await runProgram(['no-such-program-here'], {}).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConsumerUnavailableError);
});
