// @module-tag slow
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { oneLayerModel } from '../../testing/built-programs.js';
import { type CommandResult, runHere } from '../../testing/run-command.js';
import { jsonLines, PAIRS } from '../../testing/train-command.js';

describe('train --replay', () => {
  const rows = PAIRS.map(({ anchor, positive }) => ({ anchor, positive, negative: 'light', score: 1e38 }));
  let [folder, file]: [string, string] = ['', ''];
  let args: string[] = [];
  let failed: CommandResult;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-replay-'));
    const [data, output] = [join(folder, 'rows.jsonl'), join(folder, 'run')];
    writeFileSync(data, jsonLines(rows));
    args = ['train', '--model', oneLayerModel(), '--train', data, '--output', output];
    file = join(output, 'not-finite-step-1.json');
    failed = await runHere([...args, '--max-steps', '2', '--quiet']);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => void (process.exitCode = undefined));

  it('is named in the error of a run that stops at a loss that is not finite', () => {
    expect(failed.code).toBe(2);
    expect(failed.stderr).toContain(`the batch is kept in ${file}`);
    expect(failed.stderr).toContain('train --replay can compute the step again');
  });

  it('computes the step again from the checkpoint before it, and ends with 1 if it is not finite', async () => {
    const { stdout, stderr } = await runHere([...args, '--replay', file]);
    expect([process.exitCode, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(
      /^step 1, computed again with .*checkpoint-0: loss Infinity\n {2}base_loss Infinity\n/,
    );
  });

  it('prints JSON with numbers that are not finite as text', async () => {
    const { stdout } = await runHere([...args, '--replay', file, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      step: 1,
      loss: 'Infinity',
      components: { base_loss: 'Infinity', document_regularizer_loss: 0 },
    });
  });

  it.each([
    ['no.json', /^there is no file .*no\.json\n$/],
    ['checkpoint-0/config.json', /config\.json is not the case of a step/],
  ])('refuses %s', async (name, told) => {
    const { code, stderr } = await runHere([...args, '--replay', join(file, '..', name)]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(told)]);
  });
});
