import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../engine/compile/compile.js';
import { setEngine } from '../engine/set-engine.js';
import { packageRoot } from '../package-root.js';
import { HAS_REFERENCE, LIVE_TIME, runInReference } from '../testing/python/live-reference.js';
import { readyEngines } from '../testing/ready-engines.js';
import {
  embed,
  inputsOf,
  POOLINGS,
  type SpladeCase,
  spladeCase,
  type SpladeOutcome,
  spladeOutcome,
} from '../testing/splade.js';
import { writeConfig } from './read-config.js';
import type { SpladePoolingConfig } from './splade-pooling.js';

const program = join(packageRoot(), 'parity', 'reference', 'splade_pooling.py');

type Pooling = Pick<SpladePoolingConfig, 'poolingStrategy' | 'activationFunction'>;

interface Sample {
  readonly one: SpladeCase;
  readonly pooling: Pooling;
}

const sizes = fc.record({
  texts: fc.integer({ min: 1, max: 4 }),
  length: fc.integer({ min: 1, max: 9 }),
  vocabulary: fc.integer({ min: 1, max: 40 }),
  width: fc.integer({ min: 1, max: 12 }),
});

/** Half of the tokens' states are small integers, so most maxima have ties and many logits are 0. */
const samples: fc.Arbitrary<Sample> = fc
  .record({
    sizes,
    seed: fc.nat({ max: 10_000 }),
    tied: fc.boolean(),
    // Three quarters are tokens.
    padding: fc.infiniteStream(fc.nat({ max: 3 })),
    pooling: fc.constantFrom(...POOLINGS),
  })
  .map(({ sizes: { texts, length, vocabulary, width }, seed, tied, padding, pooling }) => {
    const mask = Array.from({ length: texts }, () =>
      Array.from({ length }, () => Number(padding.next().value !== 0)),
    );
    const one = spladeCase(seed, mask, { vocabulary, width });
    const whole = (x: number): number => Math.round(1.5 * x) + 0;
    const rounded = {
      ...one,
      states: one.states.map((row) => row.map(whole)),
      decoder: one.decoder.map((row) => row.map(whole)),
      bias: one.bias.map(whole),
    };
    return { one: tied ? rounded : one, pooling };
  });

interface Expected {
  readonly float32: SpladeOutcome;
  readonly float64: SpladeOutcome;
}

async function theirs(all: readonly Sample[]): Promise<Expected[]> {
  const cases = all.map(({ one, pooling }) => ({ ...one, options: writeConfig(pooling) }));
  const output = await runInReference({ path: program }, { input: JSON.stringify(cases) });
  return JSON.parse(output.toString()) as Expected[];
}

const largest = (numbers: readonly number[]): number =>
  numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/** The largest difference relative to the largest number, or to the largest of the summed terms. */
function distance(found: readonly number[], truth: readonly number[], terms: readonly number[]): number {
  const scale = Math.max(largest(truth), largest(terms)) || 1;
  const differences = truth.map((x, i) => Math.abs(x - (found[i] ?? NaN)));
  return largest(differences) / scale;
}

const PARTS = ['value', 'dStates', 'dDecoder', 'dBias'] as const;
/** Two units in the last place. */
const ROUNDING = 2 ** -22;

const ready = await readyEngines();

describe.runIf(HAS_REFERENCE)("values and gradients are those of the reference's SpladePooling", () => {
  const sample = fc.sample(samples, { numRuns: 60, seed: 20261124 });
  let expected: Expected[] = [];

  beforeAll(async () => {
    expected = await theirs(sample);
  }, LIVE_TIME);

  it.each(ready)('on the %s engine, as near to float64 as PyTorch is in float32', async (engine) => {
    await setEngine(engine);
    for (const [index, { one, pooling }] of sample.entries()) {
      const found = await spladeOutcome(one, { ...pooling, chunkSize: 3000 });
      const { float32, float64 } = expected[index] as Expected;
      for (const part of PARTS) {
        // The gradient of a bias is a sum of weights times slopes of at most 1, which may cancel.
        const terms = part === 'dBias' ? one.weights.flat() : [];
        const ours = distance(found[part], float64[part], terms);
        const reference = distance(float32[part], float64[part], terms);
        expect({ index, part, isNear: ours <= 2 * reference + ROUNDING, ours, reference }).toMatchObject({
          isNear: true,
        });
      }
    }
  });
});

describe.runIf(HAS_REFERENCE)('the ONNX models of the pooling, read by onnx', () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-pooling-'));
    await setEngine('onnx');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(POOLINGS)('are valid: $poolingStrategy of $activationFunction', async (pooling) => {
    const { states, mask, decoder, bias } = inputsOf(spladeCase(1, [[1, 0, 1]], { vocabulary: 30 }));
    const compiled = compile(
      (h: tf.Tensor3D, isToken: tf.Tensor2D) =>
        embed({ states: h, decoder, bias, mask: isToken }, { ...pooling, chunkSize: 3000 }),
      {
        name: 'pooling',
        dimensions: [
          ['batch', 'length', null],
          ['batch', 'length'],
        ],
      },
    );
    await compiled(states, mask);
    const path = join(folder, `${pooling.poolingStrategy}-${pooling.activationFunction}.onnx`);
    writeFileSync(path, compiled.model());
    const text = 'import onnx, sys; onnx.checker.check_model(sys.argv[1], full_check=True); print("valid")';
    expect((await runInReference({ text }, { args: [path] })).toString()).toBe('valid\n');
  });
});
