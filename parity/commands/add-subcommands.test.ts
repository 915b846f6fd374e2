import { describe, expect, it } from 'vitest';
import { execute } from '../../src/shell/run-command.js';
import { parityCommand } from '../command.js';
import { comparesSomething, isForSubcommand } from './add-subcommands.js';
import { SUBCOMMANDS } from './table.js';

const program = () => parityCommand(() => Promise.reject(new Error('everything was compared')));

describe.each(Object.keys(SUBCOMMANDS))('%s', (name) => {
  it('has a help of at most 80 columns, with examples and exit codes', () => {
    const help: string[] = [];
    const command = program().commands.find((one) => one.name() === name);
    command?.configureOutput({ writeOut: (text) => help.push(text) }).outputHelp();
    const text = help.join('');
    expect(text).toMatch(new RegExp(`^Usage: sparse-encoder-parity ${name} `));
    expect(text).toContain(`\n  $ sparse-encoder-parity ${name}`);
    expect(text.replaceAll(/\s+/g, ' ')).toContain('Exit codes: 0 ');
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('is the first word of its command line', async () => {
    expect(isForSubcommand([name, '--json'])).toBe(true);
    expect(isForSubcommand(['--losses', name])).toBe(false);
    const failure = await execute(program(), ['--losses', 'FlopsLoss', name]);
    expect(failure).toMatchObject({
      kind: 'usage',
      message: `--losses stands before ${name}; write ${name} first, then its own options`,
    });
  });
});

it('knows which commands compare: their reports say so if they end early', () => {
  const comparing = Object.keys(SUBCOMMANDS).filter((name) => comparesSomething([name, '--json', 'x']));
  expect(comparing).toEqual(['run', 'replay']);
  expect(comparesSomething(['--losses', 'FlopsLoss'])).toBe(true);
});

it('says which commands there are if it does not know one', async () => {
  const failure = await execute(program(), ['doctr']);
  expect(failure).toMatchObject({
    kind: 'usage',
    message: expect.stringContaining(
      "unknown command 'doctr'; there are init, run, replay, doctor",
    ) as string,
  });
});

it('compares everything without a subcommand', async () => {
  expect(await execute(program(), ['--losses', 'FlopsLoss'])).toMatchObject({
    message: 'everything was compared',
  });
});
