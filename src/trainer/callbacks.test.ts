// @module-tag slow
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { arrayDataset } from '../datasets/dataset.js';
import { setEngine } from '../engine/set-engine.js';
import { ROWS, trained } from '../testing/trained.js';
import { EVENTS, type TrainerCallback, type TrainerEvent } from './callbacks.js';

let folder = '';
beforeAll(async () => {
  await setEngine('onnx');
  folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-callbacks-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('every event is told, in order', async () => {
  const told: TrainerEvent[] = [];
  const callback = Object.fromEntries(
    EVENTS.map((event) => [event, () => void told.push(event)]),
  ) as TrainerCallback;
  await trained(
    {
      maxSteps: 1,
      gradientAccumulationSteps: 2,
      loggingSteps: 1,
      evalStrategy: 'steps',
      evalSteps: 1,
      saveStrategy: 'steps',
      saveSteps: 1,
      outputDir: folder,
    },
    { callbacks: [callback], evalDataset: arrayDataset(ROWS.slice(0, 4)) },
  );
  // The metrics are logged, too, and so are the figures of the whole run.
  expect(told).toEqual([
    'onInitEnd',
    'onTrainBegin',
    'onEpochBegin',
    'onStepBegin',
    'onSubstepEnd',
    'onPreOptimizerStep',
    'onOptimizerStep',
    'onStepEnd',
    'onLog',
    'onLog',
    'onEvaluate',
    'onSave',
    'onEpochEnd',
    'onLog',
    'onTrainEnd',
  ]);
  expect(new Set(told)).toEqual(new Set(EVENTS));
});
