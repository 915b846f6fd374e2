// @module-tag slow
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { oneLayerModel } from '../../testing/built-programs.js';
import { type CommandResult, endOf, runHere, startCommand } from '../../testing/run-command.js';
import { dataFile, jsonLines, newRunFolder, PAIRS, trainingText } from '../../testing/train-command.js';
import { checkpointsIn, faultIn } from '../../trainer/checkpoint.js';

const MODEL = oneLayerModel();

describe('a signal', () => {
  const QUOTED = /'([^']*)'|(\S+)/g;
  /** The words of the command line at the end of a message. A backslash continues its lines. */
  function commandIn(stderr: string): string[] {
    const [, line = ''] = /to go on:\n([^]*)$/.exec(stderr) ?? [];
    return [...line.replaceAll('\\\n', '').matchAll(QUOTED)].map(([, quoted, word]) => quoted ?? word ?? '');
  }

  /** Starts a run of a hundred thousand steps, and waits for its first ones. */
  async function started(args: readonly string[]): Promise<{
    command: ChildProcess;
    ended: Promise<CommandResult>;
    told: (what: string) => Promise<void>;
  }> {
    const command = startCommand(['train', ...args, '--max-steps', '100000', '--logging-steps', '1'], {
      env: { CI: '' },
    });
    let stderr = '';
    command.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = endOf(command);
    const told = async (what: string): Promise<void> => {
      while (!stderr.includes(what)) await once(command.stderr as Readable, 'data');
    };
    await told('step 1/');
    return { command, ended, told };
  }

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s saves, ends with %i, and prints the command that resumes', async (signal, expected) => {
    const [pairs, output] = [dataFile(jsonLines(PAIRS), "it's here.jsonl"), newRunFolder()];
    const { command, ended } = await started(['--model', MODEL, '--train', pairs, '--output', output]);
    command.kill(signal);
    const { code, stdout, stderr } = await ended;
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toContain('stopping after this step, with a checkpoint; once more ends at once');
    const step = Number(/stopped after step (\d+), whose checkpoint is in/.exec(stderr)?.[1]);
    expect(readdirSync(output).toSorted()).toEqual([
      `checkpoint-${step}`,
      'environment.json',
      'metrics.jsonl',
    ]);
    const [program, ...args] = commandIn(stderr.replaceAll(String.raw`'\''`, '\0'));
    const words = args.map((word) => word.replaceAll('\0', "'"));
    expect([program, words.at(-1)]).toEqual(['sparse-encoder', '--resume']);
    const resumed = await runHere([...words, '--max-steps', String(step + 1), '--json']);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ steps: step + 1 });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s, twice, ends at once with %i and leaves nothing half-written', async (signal, expected) => {
    // A step with this many tokens takes seconds.
    const long = Array.from({ length: 600 }, (_, row) => ({
      anchor: trainingText(row).repeat(40),
      positive: trainingText(row + 1).repeat(40),
    }));
    const output = newRunFolder();
    const data = dataFile(jsonLines(long));
    const args = ['--model', MODEL, '--train', data, '--output', output, '--save-steps', '1'];
    const { command, ended, told } = await started(args.concat('--per-device-train-batch-size', '600'));
    command.kill(signal);
    await told('stopping after this step');
    command.kill(signal);
    const { code, stdout, stderr } = await ended;
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).not.toContain('stopped after step');
    const names = readdirSync(output);
    expect(
      names.filter((name) => !/^(?:checkpoint-\d+|environment\.json|metrics\.jsonl)$/.test(name)),
    ).toEqual([]);
    for (const { name } of await checkpointsIn(output)) {
      expect(await faultIn(join(output, name))).toBeUndefined();
    }
  });
});
