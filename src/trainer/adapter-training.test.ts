// @module-tag slow
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { oneLayerModel } from '../testing/built-programs.js';
import { runHere } from '../testing/run-command.js';
import { dataFile, jsonLines, newRunFolder, PAIRS } from '../testing/train-command.js';
import { trained } from '../testing/trained.js';
import type { TrainerCallback } from './callbacks.js';

const LORA = { r: 2, targetModules: ['query', 'dense'], loraDropout: 0.1 };

let folder = '';
beforeAll(async () => {
  await setEngine('onnx');
  folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-adapters-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the trainer changes the adapter alone, and resumes it bit for bit', async () => {
  const args = { maxSteps: 6, saveStrategy: 'steps', saveSteps: 3 } as const;
  const [whole, outputDir] = [join(folder, 'whole'), join(folder, 'stopped')];
  const before = await trained({ ...args, maxSteps: 1, learningRate: 0 }, {}, {}, LORA);
  const expected = await trained({ ...args, outputDir: whole }, {}, {}, LORA);
  const changed = Object.keys(expected.parameters).filter(
    (name) => expected.parameters[name]?.join() !== before.parameters[name]?.join(),
  );
  expect(changed).toHaveLength(2 * 5);
  expect(changed.filter((name) => !/\.lora_[AB]\.default\.weight$/.test(name))).toEqual([]);
  const checkpoint = join(whole, 'checkpoint-6');
  expect(readdirSync(checkpoint)).toContain('adapter_model.safetensors');
  expect(readdirSync(checkpoint)).not.toContain('model.safetensors');
  const elements = changed.reduce((sum, name) => sum + (expected.parameters[name]?.length ?? 0), 0);
  // Two moments of four bytes for each, and a header.
  expect(statSync(join(checkpoint, 'optimizer.safetensors')).size).toBeLessThan(8 * elements + 4096);
  const stop: TrainerCallback = {
    onStepEnd: ({ state, control }) => void (control.shouldTrainingStop ||= state.globalStep === 3),
  };
  await trained({ ...args, outputDir }, { callbacks: [stop] }, {}, LORA);
  const resumed = await trained({ ...args, outputDir }, {}, { resumeFromCheckpoint: true }, LORA);
  expect(resumed.parameters).toEqual(expected.parameters);
});

it('sparse-encoder train has the setting lora', async () => {
  const output = newRunFolder();
  const words = [
    'train',
    '--model',
    oneLayerModel(),
    '--train',
    dataFile(jsonLines(PAIRS)),
    '--output',
    output,
  ];
  const run = (lora: string, ...more: string[]): ReturnType<typeof runHere> =>
    runHere([...words, '--max-steps', '2', '--lora', lora, '--quiet', ...more]);
  const wrong = await run('{"rank": 4}');
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/lora has no option "rank"/)]);
  const misspelt = await run('{"targetModules": ["querry"]}');
  expect([misspelt.code, misspelt.stderr]).toEqual([2, expect.stringMatching(/did you mean "query"\?/)]);
  const { code, stderr } = await run('{"r": 4, "targetModules": "all-linear"}', '--save-steps', '1');
  expect([code, stderr]).toEqual([0, '']);
  const config = JSON.parse(readFileSync(join(output, 'final', 'adapter_config.json'), 'utf8')) as object;
  expect(config).toMatchObject({
    r: 4,
    target_modules: 'all-linear',
    base_model_name_or_path: oneLayerModel(),
  });
  const resumed = await run(
    '{"r": 4, "targetModules": "all-linear"}',
    '--resume',
    '--max-steps',
    '3',
    '--json',
  );
  expect(JSON.parse(resumed.stdout)).toMatchObject({ steps: 3 });
});
