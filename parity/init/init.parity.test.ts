// @module-tag slow
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { builtProgram } from '../../src/testing/built-programs.js';
import { HAS_REFERENCE, LIVE_TIME } from '../../src/testing/python/live-reference.js';

describe.runIf(HAS_REFERENCE)('a project that init has made', { timeout: LIVE_TIME }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sparse encoder größe '));
  const program = builtProgram('parity/main');

  // The package as it is installed, in a folder with a space and an umlaut.
  beforeAll(() => {
    const modules = join(folder, 'node_modules');
    mkdirSync(modules);
    const own = join(packageRoot(), 'node_modules');
    for (const name of readdirSync(own)) {
      if (!name.startsWith('.')) symlinkSync(join(own, name), join(modules, name));
    }
    // The folder of the built programs has the layout of the package.
    symlinkSync(dirname(dirname(dirname(program))), join(modules, 'sparse-encoder'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const parity = (...words: string[]): { code: number | null; out: string; err: string } => {
    const run = spawnSync(process.execPath, [program, ...words], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, CI: 'true' },
    });
    return { code: run.status, out: run.stdout, err: run.stderr };
  };

  it('is compared by the next command, which finds a mistake and replays it', () => {
    expect(parity('init')).toMatchObject({ code: 0, err: '' });
    const equal = parity('run', '--cases', '12', '--json', 'report.json');
    expect(equal).toMatchObject({ code: 0, err: expect.not.stringContaining('cannot') as string });
    expect(equal.out).toContain('wrong variants of the huber_loss: 1 of 1 caught');
    const { summary } = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as {
      summary: { cases: number };
    };
    expect(summary.cases).toBeGreaterThan(11);

    const [example = ''] = readdirSync(folder).filter((name) => name.startsWith('parity-example'));
    const source = readFileSync(join(folder, example), 'utf8');
    writeFileSync(join(folder, example), source.replace('0.5 * delta', 'delta'));
    const wrong = parity('run', '--cases', '12');
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.out).toContain('float32 [1, 1]');
    const [, file = ''] = /replay\s+npx sparse-encoder-parity replay (\S+)/.exec(wrong.out) ?? [];
    expect(parity('replay', file, '--offline')).toMatchObject({ code: 1 });
    writeFileSync(join(folder, example), source);
    expect(parity('replay', file, '--offline')).toMatchObject({ code: 0 });

    // A function that ends the process must not end it with success.
    writeFileSync(
      join(folder, example),
      source.replace('const error =', 'process.exit(0);\n  const error ='),
    );
    const ended = parity('replay', file, '--offline', '--junit', 'ended.xml');
    expect(ended.code).not.toBe(0);
    expect(readFileSync(join(folder, 'ended.xml'), 'utf8')).toContain('ended before it had compared all');
  });
});
