// @module-tag slow
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePythonPackages } from '../../../scripts/consumers/python-environment.js';
import { arrayDataset } from '../../datasets/dataset.js';
import { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { setEngine } from '../../engine/set-engine.js';
import { findReferencePython } from '../../python/environment.js';
import { modelFixture } from '../../testing/new-encoders.js';
import type { TrainerCallback } from '../callbacks.js';
import { SparseEncoderTrainer } from '../trainer.js';

const program = fileURLToPath(new URL('../../../parity/reference/event_files.py', import.meta.url));
const ROWS = Array.from({ length: 8 }, (_, row) => ({ anchor: `word ${row}`, positive: `a text ${row}` }));

interface Read {
  readonly scalars: Readonly<
    Record<string, readonly { readonly step: number; readonly wallTime: number; readonly value: number }[]>
  >;
  readonly texts: Readonly<Record<string, readonly string[]>>;
}

describe.runIf(findReferencePython() !== undefined)('event files in TensorBoard', () => {
  let folder = '';
  let python = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-tensorboard-'));
    await setEngine('onnx');
    python = await ensurePythonPackages(
      { name: 'tensorboard', packages: ['tensorboard==2.20.0', 'setuptools==80.9.0'], size: '0.2 GB' },
      () => undefined,
    );
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function run(
    outputDir: string,
    { stopAt = Infinity, resume = false }: { readonly stopAt?: number; readonly resume?: boolean } = {},
  ): Promise<{ readonly begin: number; readonly end: number }> {
    const model = await SparseEncoder.load(modelFixture('splade-bert'));
    const stop: TrainerCallback = {
      onStepEnd: ({ state, control }) => void (control.shouldTrainingStop ||= state.globalStep === stopAt),
    };
    const begin = Date.now() / 1000;
    try {
      const trainer = new SparseEncoderTrainer({
        model,
        args: {
          outputDir,
          reportTo: 'tensorboard',
          perDeviceTrainBatchSize: 2,
          loggingSteps: 1,
          evalStrategy: 'steps',
          evalSteps: 2,
          saveSteps: 3,
          maxSteps: 8,
        },
        trainDataset: arrayDataset(ROWS),
        evalDataset: arrayDataset(ROWS.slice(0, 4)),
        callbacks: [stop],
      });
      await trainer.train({ resumeFromCheckpoint: resume });
    } finally {
      await model.dispose();
    }
    return { begin, end: Date.now() / 1000 };
  }

  function read(logDir: string): Read {
    const { status, stdout, stderr } = spawnSync(python, ['-B', program, logDir], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout) as Read;
  }

  /** Every number in the metrics file, by tag. */
  function logged(outputDir: string): Map<string, { step: number; value: number }[]> {
    const numbers = new Map<string, { step: number; value: number }[]>();
    for (const line of readFileSync(join(outputDir, 'metrics.jsonl'), 'utf8').trim().split('\n')) {
      const { step = 0, ...entry } = JSON.parse(line) as Record<string, number>;
      for (const [name, number] of Object.entries(entry)) {
        const tag = name.startsWith('eval_') ? `eval/${name.slice(5)}` : `train/${name}`;
        numbers.set(tag, [...(numbers.get(tag) ?? []), { step, value: Math.fround(number) }]);
      }
    }
    return numbers;
  }

  it('has every number of the log, with its step and its time', { timeout: 120_000 }, async () => {
    const outputDir = join(folder, 'whole');
    const { begin, end } = await run(outputDir);
    const { scalars, texts } = read(join(outputDir, 'runs'));
    const expected = logged(outputDir);
    expect(expected.size).toBeGreaterThan(10);
    expect(expected.get('train/loss')).toHaveLength(8);
    expect(expected.get('eval/loss')).toHaveLength(4);
    expect(
      new Map(
        Object.entries(scalars).map(([tag, all]) => [tag, all.map(({ step, value }) => ({ step, value }))]),
      ),
    ).toEqual(expected);
    const times = Object.values(scalars).flatMap((all) => all.map(({ wallTime }) => wallTime));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(begin);
    expect(Math.max(...times)).toBeLessThanOrEqual(end);
    const steps = scalars['train/loss'] ?? [];
    expect(steps.map(({ wallTime }) => wallTime)).toEqual(
      steps.map(({ wallTime }) => wallTime).toSorted((a, b) => a - b),
    );
    const [args = ''] = texts['args/text_summary'] ?? [];
    expect(JSON.parse(args)).toMatchObject({ reportTo: 'tensorboard', perDeviceTrainBatchSize: 2 });
  });

  it('has each step once when a run resumes from a checkpoint', { timeout: 120_000 }, async () => {
    const outputDir = join(folder, 'resumed');
    await run(outputDir, { stopAt: 5 });
    // Remove the checkpoint of step 5, so that training resumes from step 3.
    rmSync(join(outputDir, 'checkpoint-5'), { recursive: true, force: true });
    await run(outputDir, { resume: true });
    expect(readdirSync(join(outputDir, 'runs'))).toHaveLength(2);
    const { scalars } = read(join(outputDir, 'runs'));
    expect(scalars['train/loss']?.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(scalars['eval/loss']?.map(({ step }) => step)).toEqual([2, 4, 6, 8]);
  });
});
