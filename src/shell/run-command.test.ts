import type { Command } from 'commander';
import { describe, expect, test, vi } from 'vitest';
import {
  EmbeddingError,
  type ErrorKind,
  InputError,
  ModelFileError,
  UsageError,
  WriteError,
} from '../errors.js';
import { countFrom, nullable, resolveOptions } from '../options.js';
import { warn } from '../warnings.js';
import { addFlags } from './flag.js';
import { newCommand } from './new-command.js';
import { execute, type Failure } from './run-command.js';

/** How a command with this action ends, and what it prints. */
async function endOf(
  action: () => void,
  args: readonly string[] = [],
  options: (command: Command) => Command = (command) => command,
): Promise<{ failure: Failure | undefined; told: string }> {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const command = options(newCommand('test', { description: 'tests', examples: ['test'] }));
    const failure = await execute(command.action(action), args);
    return { failure, told: stderr.mock.calls.map(([chunk]) => String(chunk)).join('') };
  } finally {
    stderr.mockRestore();
  }
}

const thrown = (error: unknown) => () => {
  throw error;
};
const systemError = (code: string): Error => Object.assign(new Error('no'), { code });

describe('the exit code', () => {
  test.each<[string, unknown, Failure['kind'], number]>([
    ['wrong use', new UsageError('no'), 'usage', 2],
    ['bad input', new InputError('no'), 'input', 2],
    ['a damaged model', new ModelFileError('no'), 'input', 2],
    ['an embedding that is none', new EmbeddingError(0, 'no'), 'input', 2],
    ['a full disk', new WriteError('a', systemError('ENOSPC')), 'environment', 3],
    ['a folder that may not be read', systemError('EACCES'), 'environment', 3],
    ['a file that is not there', systemError('ENOENT'), 'input', 2],
    ['a fault of ours', new TypeError('no'), 'defect', 70],
    ['a thrown string', 'no', 'defect', 70],
  ])('follows from the kind of the error: %s', async (_, error, kind, exitCode) => {
    const { failure, told } = await endOf(thrown(error));
    expect(failure).toMatchObject({ kind, exitCode });
    expect(told).toContain('no');
    // Only a bug in this package prints its stack.
    expect(/\n +at /.test(told)).toBe(kind === 'defect' && error instanceof Error);
  });

  test('of an error of another class is that of its kind', async () => {
    const codes: Record<ErrorKind, number> = { usage: 2, input: 2, environment: 3, finding: 1 };
    for (const [kind, exitCode] of Object.entries(codes)) {
      const { failure } = await endOf(thrown(Object.assign(new Error('no'), { kind })));
      expect(failure).toMatchObject({ kind, exitCode });
    }
  });

  test('of a command that succeeds is none, and so is that of its help', async () => {
    const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(await endOf(() => undefined)).toEqual({ failure: undefined, told: '' });
    expect(await endOf(() => undefined, ['--help'])).toEqual({ failure: undefined, told: '' });
    stdout.mockRestore();
  });
});

describe('wrong use', () => {
  test.each([
    [['--jsno'], "unknown option '--jsno'\n(Did you mean --json?)\n"],
    [['x'], 'too many arguments. Expected 0 arguments but got 1.\n'],
  ])('%j is told once, without the word error', async (args, message) => {
    const { failure, told } = await endOf(
      () => undefined,
      args,
      (command) => command.option('--json'),
    );
    expect(failure).toMatchObject({ kind: 'usage', exitCode: 2 });
    expect(told).toBe(message);
  });

  const rules = { maxActiveDims: nullable(countFrom(1)), opset: countFrom(17, 18) };
  const flags = (command: Command): Command =>
    addFlags(command, rules, { maxActiveDims: 'most', opset: 'set' });

  test('of the library is told with the options of the command line', async () => {
    const resolve = (options: object) => () => void resolveOptions('exportOnnx', rules, options);
    const { told } = await endOf(resolve({ opset: 3 }), [], flags);
    expect(told).toBe('--opset is 3; expected a whole number of at least 17\n');
    const other = await endOf(thrown(new UsageError('maxActiveDims and the opset differ')), [], flags);
    expect(other.told).toBe('--max-active-dims and the opset differ\n');
    const named = await endOf(thrown(new UsageError('leave out the option "opset"')), [], flags);
    expect(named.told).toBe('leave out --opset\n');
    const warned = await endOf(() => warn('maxActiveDims is large'), [], flags);
    expect(warned.told).toBe('--max-active-dims is large\n');
  });
});

test('on a terminal no word of a message is cut', async () => {
  const { isTTY, columns } = process.stderr;
  Object.assign(process.stderr, { isTTY: true, columns: 30 });
  const { told } = await endOf(
    thrown(new UsageError('a message of more words than a line has\nand one more')),
  );
  Object.assign(process.stderr, { isTTY, columns });
  expect(told).toBe('a message of more words than a\n  line has\nand one more\n');
});
