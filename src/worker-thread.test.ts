import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { builtProgram } from './testing/built-programs.js';

const PROGRAM = `
  import { EncoderPool } from ${JSON.stringify(pathToFileURL(builtProgram('src/index')).href)};
  const pool = await EncoderPool.load('fixtures/models/splade-bert');
  console.log((await pool.encode(['a sword', 'a cloud'])).rows);
  await pool.dispose();`;

/** Node refuses to start a thread with a file where the command line has --input-type. */
it.each<[string, string[], string]>([
  ['an argument', ['--input-type=module', '--eval', PROGRAM], ''],
  ['standard input', ['--input-type', 'module'], PROGRAM],
])('starts a thread in a program that is %s of Node', (_, args, input) => {
  const { stdout, stderr } = spawnSync(process.execPath, args, { input, encoding: 'utf8' });
  expect(stdout, stderr).toBe('2\n');
});
