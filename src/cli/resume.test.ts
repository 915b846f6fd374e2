// @module-tag slow
import { linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { copyOfModel, MODELS } from '../testing/files/damaged-model.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { type CommandResult, endOf, runHere, startCommand } from '../testing/run-command.js';

const MODEL = join(MODELS, 'inference-free');
const TEXTS = Array.from({ length: 40 }, (_, index) => `${JSON.stringify(`water and tree ${index}`)}\n`);

const encode = (...args: string[]): Promise<CommandResult> =>
  runHere(['encode', MODEL, '--task', 'query', ...args]);

/** A folder with texts, and the lines that an encode writes for them. */
async function texts(): Promise<{ folder: string; input: string; output: string; whole: string }> {
  const folder = temporaryFolder();
  const input = join(folder, 'texts.jsonl');
  writeFileSync(input, TEXTS.join(''));
  return { folder, input, output: join(folder, 'out.jsonl'), whole: (await encode('--input', input)).stdout };
}

describe('an output that exists', () => {
  test('is refused, and replaced with --force', async () => {
    const { input, output, whole } = await texts();
    writeFileSync(output, 'of before');
    for (const more of [[], ['--json']]) {
      const { code, stderr } = await encode('--input', input, '--output', output, ...more);
      expect([code, stderr]).toEqual([2, `${output} exists; write elsewhere, or replace it with --force\n`]);
    }
    expect(readFileSync(output, 'utf8')).toBe('of before');
    expect(await encode('--input', input, '--output', output, '--force')).toMatchObject({ code: 0 });
    expect(readFileSync(output, 'utf8')).toBe(whole);
  });

  test.each([
    ['itself', (folder: string) => join(folder, 'texts.jsonl')],
    ['another path', (folder: string) => join(folder, 'inner', '..', 'texts.jsonl')],
    ['a symbolic link', (folder: string) => join(folder, 'symbolic')],
    ['a hard link', (folder: string) => join(folder, 'hard')],
  ])('is never the input: %s', async (_, outputIn) => {
    const { folder, input } = await texts();
    mkdirSync(join(folder, 'inner'));
    symlinkSync(input, join(folder, 'symbolic'));
    linkSync(input, join(folder, 'hard'));
    const { code, stderr } = await encode('--input', input, '--output', outputIn(folder), '--force');
    expect(stderr).toMatch(/ is the input .* itself; write elsewhere\n$/);
    expect(code).toBe(2);
    expect(readFileSync(input, 'utf8')).toBe(TEXTS.join(''));
  });

  test('is never a file of the model, nor its folder', async () => {
    const { input } = await texts();
    const model = copyOfModel('inference-free');
    const config = readFileSync(join(model, 'modules.json'), 'utf8');
    const encoded = await runHere([
      'encode',
      model,
      '--input',
      input,
      '--output',
      join(model, 'modules.json'),
      '--force',
    ]);
    expect(encoded).toMatchObject({ code: 2 });
    expect(encoded.stderr).toMatch(/ is a file of the input /);
    for (const output of [model, join(model, '..')]) {
      const { code, stderr } = await runHere(['export', model, '--output', output, '--force']);
      expect(stderr).toMatch(/ is the input .* itself; write elsewhere\n$| holds the input /);
      expect(code).toBe(2);
    }
    expect(readFileSync(join(model, 'modules.json'), 'utf8')).toBe(config);
  });

  test('of export and verify is refused in the same words', async () => {
    const folder = temporaryFolder();
    const there = join(folder, 'there');
    writeFileSync(there, 'of before');
    const words = `${there} exists; write elsewhere, or replace it with --force\n`;
    const exported = await runHere(['export', MODEL, '--output', there]);
    const verified = await runHere(['verify', folder, '--reference', MODEL, '--certificate', there]);
    expect([exported, verified].map(({ code, stderr }) => [code, stderr])).toEqual([
      [2, words],
      [2, words],
    ]);
  });

  test.skipIf(process.platform === 'win32')('keeps its link', async () => {
    const { folder, input, output, whole } = await texts();
    mkdirSync(join(folder, 'elsewhere'));
    symlinkSync(join('elsewhere', 'target'), output);
    expect(await encode('--input', input, '--output', output)).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'elsewhere', 'target'), 'utf8')).toBe(whole);
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual(['target']);
  });
});

describe('--resume', () => {
  /** An encode that is killed after it has kept its first lines. */
  async function killed(output: string, signal: NodeJS.Signals): Promise<CommandResult> {
    const command = startCommand([
      'encode',
      MODEL,
      '--task',
      'query',
      '--output',
      output,
      '--batch-size',
      '4',
    ]);
    const ended = endOf(command);
    let sent = 0;
    // Never all of them, however long the start takes: the input must hold more than was sent.
    const feed = setInterval(() => {
      if (sent < TEXTS.length - 1) command.stdin?.write(TEXTS[sent++] ?? '');
    }, 300);
    const kept = (): unknown => JSON.parse(readFileSync(`${output}.partial.json`, 'utf8'));
    await vi.waitUntil(
      () =>
        readdirSync(join(output, '..')).includes('out.jsonl.partial.json') &&
        (kept() as { done: number }).done > 0,
      { timeout: 60_000, interval: 100 },
    );
    command.kill(signal);
    clearInterval(feed);
    return await ended;
  }

  test.each(['SIGKILL', 'SIGINT'] as const)('goes on after %s and gives the same lines', async (signal) => {
    const { folder, input, output, whole } = await texts();
    const { stderr } = await killed(output, signal);
    expect(stderr.includes('continue with --resume')).toBe(signal === 'SIGINT');
    const refused = await encode('--input', input, '--output', output);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /\.partial holds the first \d+ texts? of an encode that stopped; continue with --resume, or .* --force/,
    );
    const otherOptions = await encode('--input', input, '--output', output, '--resume', '--normalize');
    expect(otherOptions.stderr).toMatch(
      /was made with a different --normalize: false, now true; start again with --force\n/,
    );
    const other = join(folder, 'other.jsonl');
    writeFileSync(other, `"another"\n${TEXTS.join('')}`);
    const otherInput = await encode('--input', other, '--output', output, '--resume');
    expect(otherInput.stderr).toMatch(/other\.jsonl does not begin with the \d+ texts? that /);
    const resumed = await encode('--input', input, '--output', output, '--resume');
    expect(resumed.stderr).toMatch(/^40 rows read, 40 texts encoded, \d+ of them by an earlier run \(0 cut/m);
    expect(readFileSync(output, 'utf8')).toBe(whole);
    expect(readdirSync(folder).toSorted()).toEqual(['other.jsonl', 'out.jsonl', 'texts.jsonl']);
  });

  test('begins where there is nothing to go on with, and refuses a whole output', async () => {
    const { input, output, whole } = await texts();
    expect(await encode('--input', input, '--output', output, '--resume')).toMatchObject({ code: 0 });
    expect(readFileSync(output, 'utf8')).toBe(whole);
    const { code, stderr } = await encode('--input', input, '--output', output, '--resume');
    expect([code, stderr]).toEqual([2, `${output} exists; write elsewhere, or replace it with --force\n`]);
  });

  test('is not for standard output', async () => {
    const { input } = await texts();
    const { code, stderr } = await encode('--input', input, '--resume');
    expect([code, stderr]).toEqual([2, '--resume needs a file as --output\n']);
  });
});
