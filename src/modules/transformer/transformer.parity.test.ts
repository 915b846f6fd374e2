import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../../engine/set-engine.js';
import { packageRoot } from '../../package-root.js';
import { seededRandom } from '../../random.js';
import { HAS_REFERENCE, LIVE_TIME, runInReference } from '../../testing/python/live-reference.js';
import { readyEngines } from '../../testing/ready-engines.js';
import { TINY_CASES, TINY_TASKS, type TinyCase } from '../../testing/tiny-cases.js';
import {
  featuresOf,
  outputOf,
  tinyNumbers,
  tinyParameters,
  tinyTokens,
} from '../../testing/tiny-checkpoints.js';
import type { Task } from './transformer-config.js';
import { type TransformerConfig, transformerKind } from './transformer.js';

const program = join(packageRoot(), 'parity', 'reference', 'transformers_models.py');

/** The least error assumed for PyTorch, relative to the largest element: a few units in the last place. */
const FLOOR = 4 * 2 ** -24;
/** How many times PyTorch's error our error may be. */
const MOST = 4;

interface Leg {
  readonly output: Float64Array;
  readonly gradients: readonly Float64Array[];
}

interface Prepared {
  readonly one: TinyCase;
  readonly task: Task;
  readonly config: TransformerConfig;
  readonly numbers: readonly Float32Array[];
  readonly cotangent: Float32Array;
}

function prepare(one: TinyCase, task: Task): Prepared {
  const config = transformerKind.readConfig({ transformer_task: task }, { modelConfig: one.config });
  const width = task === 'fill-mask' ? config.encoder.vocabularySize : config.encoder.width;
  const random = seededRandom(3);
  // The outputs at padding do not matter.
  const cotangent = tinyTokens(one)
    .attentionMask.flat()
    .flatMap((isToken) =>
      Array.from({ length: width }, () => isToken * (random.below(2 ** 16) / 2 ** 15 - 1)),
    );
  return {
    one,
    task,
    config,
    numbers: tinyNumbers(transformerKind.parameters(config)),
    cotangent: Float32Array.from(cotangent),
  };
}

const PREPARED = TINY_CASES.flatMap((one) => TINY_TASKS.map((task) => prepare(one, task)));

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

async function ask(request: object, numbers: readonly Float32Array[]): Promise<Buffer> {
  const bytes = numbers.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  const input = Buffer.concat([Buffer.from(`${JSON.stringify(request)}\n`), ...bytes]);
  return await runInReference({ path: program }, { input });
}

interface Names {
  /** In order. */
  readonly parameters: readonly string[];
  /** Names of the tensors that the file holds. */
  readonly saved: readonly string[];
}

interface Expected {
  /** PyTorch in float32 and in float64. */
  readonly legs: readonly [single: Leg, double: Leg][];
  /** The names in each model. */
  readonly names: readonly Names[];
}

async function theirs(): Promise<Expected> {
  const cases = PREPARED.map(({ one, task, config, numbers, cotangent }) => ({
    task,
    config: one.config,
    inputs: Object.fromEntries(Object.entries(tinyTokens(one)).map(([name, rows]) => [snake(name), rows])),
    tensors: transformerKind.parameters(config).map(({ name, shape }) => [name, shape]),
    numbers: numbers.reduce((sum, { length }) => sum + length, cotangent.length),
  }));
  const answer = await ask(
    { cases },
    PREPARED.flatMap(({ numbers, cotangent }) => [...numbers, cotangent]),
  );
  const firstLine = answer.indexOf('\n');
  const names = JSON.parse(answer.toString('utf8', 0, firstLine)) as Names[];
  let at = firstLine + 1;
  const next = (length: number): Float64Array =>
    Float64Array.from({ length }, () => answer.readDoubleLE((at += 8) - 8));
  const leg = ({ numbers, cotangent }: Prepared): Leg => ({
    output: next(cotangent.length),
    gradients: numbers.map(({ length }) => next(length)),
  });
  return { legs: PREPARED.map((each) => [leg(each), leg(each)]), names };
}

async function ours({ one, config, numbers, cotangent }: Prepared): Promise<Leg> {
  const specs = transformerKind.parameters(config);
  const parameters = tinyParameters(specs, [...numbers]);
  const module = transformerKind.create(config, parameters);
  const features = featuresOf(tinyTokens(one));
  const forward = (): tf.Tensor => outputOf(module.forward(features, { mode: 'eval' }));
  const output = tf.tidy(forward);
  const weights = tf.tensor(cotangent, output.shape);
  const variables = specs.map(({ name }) => parameters.get(name));
  const { value, grads } = tf.variableGrads(() => forward().mul(weights).sum(), variables);
  const doubles = async (tensor: tf.Tensor | undefined): Promise<Float64Array> =>
    Float64Array.from((await tensor?.data()) ?? []);
  const gradients = await Promise.all(variables.map(({ name }) => doubles(grads[name])));
  const result = { output: await doubles(output), gradients };
  tf.dispose([output, weights, value, grads, variables, Object.values(features) as tf.Tensor[]]);
  return result;
}

/** Largest difference, relative to the largest element. */
function error(found: Float64Array | undefined, truth: Float64Array): number {
  expect(found?.length).toBe(truth.length);
  const scale = truth.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const most = truth.reduce((worst, x, i) => Math.max(worst, Math.abs((found?.[i] ?? NaN) - x)), 0);
  if (Number.isNaN(most)) return Infinity;
  // If all is zero, the result must be zero.
  return scale === 0 ? (most === 0 ? 0 : Infinity) : most / scale;
}

const ready = await readyEngines();

describe.runIf(HAS_REFERENCE)('transformers as near to float64 as PyTorch in float32', () => {
  let expected: Expected = { legs: [], names: [] };
  beforeAll(async () => {
    expected = await theirs();
  }, LIVE_TIME);

  describe.each(ready)('on the %s engine', (engine) => {
    it.each(PREPARED.map((each, index) => ({ ...each, index, title: `${each.one.name}, ${each.task}` })))(
      '$title',
      async (prepared) => {
        await setEngine(engine);
        const [single, double] = expected.legs[prepared.index] as [Leg, Leg];
        const { config, cotangent } = prepared;
        // The states of padding are not compared: where all is masked, they depend on the way of masking.
        const compared = cotangent.map((x) => Number(x !== 0));
        const named = ({ output, gradients }: Leg): Map<string, Float64Array> =>
          new Map([
            ['output', output.map((x, i) => x * (compared[i] ?? 0))],
            ...transformerKind
              .parameters(config)
              .map(({ name }, i): [string, Float64Array] => [name, gradients[i] ?? new Float64Array()]),
          ]);
        const [our, their, truth] = [named(await ours(prepared)), named(single), named(double)];
        const tooFar = [...truth].flatMap(([name, exact]) => {
          const allowed = MOST * Math.max(error(their.get(name), exact), FLOOR);
          const found = error(our.get(name), exact);
          return found <= allowed ? [] : [{ name, found, allowed }];
        });
        expect(tooFar).toEqual([]);
      },
    );
  });

  it('and are saved under the same names', () => {
    const own = PREPARED.map(({ config }) =>
      transformerKind
        .everyParameter(config)
        .map(({ name }) => name)
        .toSorted(),
    );
    expect(own).toEqual(expected.names.map(({ saved }) => saved));
  });

  it('and list their parameters under the same names, in the same order', () => {
    const own = PREPARED.map(({ config }) =>
      transformerKind.everyParameter(config).map(({ parameterName }) => parameterName),
    );
    expect(own).toEqual(expected.names.map(({ parameters }) => parameters.map((name) => `model.${name}`)));
  });
});
