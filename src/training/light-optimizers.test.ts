import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { randomMatrix } from '../testing/matrices.js';
import {
  bindAdafactor,
  bindAdamW,
  bindSgd,
  type BoundOptimizer,
  type NamedVariable,
} from './bound-optimizer.js';

beforeAll(() => setEngine('onnx'));
beforeEach(() => tf.disposeVariables());

const SHAPES = { 'dense.weight': [6, 5], 'dense.bias': [5], stack: [2, 3, 4] } as const;
const values = (seed: number, shape: readonly number[]): tf.Tensor =>
  tf.tensor(
    randomMatrix(
      seed,
      1,
      shape.reduce((size, length) => size * length, 1),
    )[0] ?? [],
    [...shape],
    'float32',
  );
const variables = (): NamedVariable[] =>
  Object.entries(SHAPES).map(([name, shape], index) => [
    name,
    tf.tidy(() => tf.variable(values(index, shape))),
  ]);

function step(optimizer: BoundOptimizer, seed: number): number | undefined {
  const gradients = Object.values(SHAPES).map((shape, index) => values(seed * 10 + index, shape));
  const norm = optimizer.step(gradients);
  tf.dispose(gradients);
  return norm;
}

const parametersOf = async ({ variables: bound }: BoundOptimizer): Promise<Float32Array[]> =>
  await Promise.all(bound.map(async (each) => (await each.data()).slice() as Float32Array));

const KINDS = {
  Adafactor: (named: readonly NamedVariable[]) => bindAdafactor(named, { learningRate: 0.01 }),
  SGD: (named: readonly NamedVariable[]) => bindSgd(named, { learningRate: 0.01 }),
  'SGD with momentum': (named: readonly NamedVariable[]) =>
    bindSgd(named, { learningRate: 0.01, momentum: 0.9, nesterov: true }),
} as const;

it.each([bindAdamW, bindAdafactor, bindSgd])('%o names what is wrong with its options', async (bind) => {
  const named = variables();
  await expect(bind(named, null as never)).rejects.toThrow(
    `${bind.name}: options is null; expected an object of options`,
  );
  await expect(bind(named, { settingsFor: 1 as never })).rejects.toThrow(
    `${bind.name}: settingsFor is 1; expected a function`,
  );
});

describe.each(Object.entries(KINDS))('%s', (_, bind) => {
  it('continues from its state bit for bit with the parameters in any order', async () => {
    const first = await bind(variables());
    for (let taken = 0; taken < 3; taken++) step(first, taken);
    const saved = structuredClone(first.state());
    const middle = await parametersOf(first);
    step(first, 3);
    const second = await bind(
      first.names.map((name, index) => [
        name,
        tf.tidy(() => tf.variable(tf.tensor(middle[index] as Float32Array, first.variables[index]?.shape))),
      ]),
    );
    second.load({ ...saved, moments: Object.fromEntries(Object.entries(saved.moments).toReversed()) });
    step(second, 3);
    expect(second.steps).toBe(4);
    expect(await parametersOf(second)).toEqual(await parametersOf(first));
    expect(second.state()).toEqual(first.state());
    expect(await parametersOf(first)).not.toEqual(middle);
  });

  it('keeps moments of the stated shapes for each parameter by its name', async () => {
    const optimizer = await bind(variables());
    step(optimizer, 0);
    const lengths = Object.entries(optimizer.state().moments).map(([name, own]) => [
      name,
      Object.fromEntries(Object.entries(own).map(([moment, kept]) => [moment, kept.length])),
    ]);
    const expected = Object.entries(optimizer.momentShapes).map(([name, own]) => [
      name,
      Object.fromEntries(
        Object.entries(own).map(([moment, shape]) => [moment, shape.reduce((size, each) => size * each, 1)]),
      ),
    ]);
    expect(lengths).toEqual(expected);
  });

  it("rejects another optimizer's state before it changes anything", async () => {
    const optimizer = await bind(variables());
    step(optimizer, 0);
    const before = optimizer.state();
    const { stack = {}, ...others } = before.moments;
    expect(() => optimizer.load({ ...before, moments: others })).toThrow('no moments of stack');
    const longer = { ...stack, other: new Float32Array(1) };
    expect(() => optimizer.load({ ...before, moments: { ...others, stack: longer } })).toThrow(
      'parameter 2 has a moment "other"',
    );
    expect(optimizer.state()).toEqual(before);
  });
});

it('limits the norm of all gradients together, and returns the norm before', async () => {
  const bound = async (maxGradientNorm: number | null): Promise<[number | undefined, number[]]> => {
    const named: NamedVariable[] = [2, 3].map((size) => [`p${size}`, tf.variable(tf.zeros([size]))]);
    const optimizer = await bindSgd(named, { learningRate: 1, maxGradientNorm });
    const gradients = [tf.tensor1d([3, 0]), tf.tensor1d([0, 4, 0])];
    const norm = optimizer.step(gradients);
    const moved = (await parametersOf(optimizer)).flatMap((each) => [...each]);
    return [norm, moved.map((x) => Math.round(-1000 * x) / 1000 + 0)];
  };
  expect(await bound(null)).toEqual([undefined, [3, 0, 0, 4, 0]]);
  expect(await bound(2.5)).toEqual([5, [1.5, 0, 0, 2, 0]]);
});

it('Adafactor keeps two vectors for a matrix', async () => {
  const named = (): NamedVariable[] => [['embeddings', tf.variable(tf.ones([3052, 384]))]];
  const bytes = ({ state }: { state: ReturnType<BoundOptimizer['state']> }): number =>
    Object.values(state.moments['embeddings'] ?? {}).reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(bytes({ state: (await bindAdamW(named())).state() })).toBe(2 * 4 * 3052 * 384);
  expect(bytes({ state: (await bindAdafactor(named())).state() })).toBe(4 * (3052 + 384));
  expect(bytes({ state: (await bindSgd(named())).state() })).toBe(0);
});

it.each([
  [{ nesterov: true }, 'SGD: nesterov needs a momentum above 0 and no dampening; they are 0 and 0'],
  [{ momentum: -1 }, 'bindSgd: momentum is -1; expected a number of at least 0'],
  [{ momentums: 0.9 }, 'bindSgd has no option "momentums"; did you mean "momentum"?'],
  [{ learningRate: -1 }, 'bindSgd: learningRate is -1; expected a number of at least 0'],
])('refuses %o', async (options, message) => {
  await expect(bindSgd(variables(), options as object)).rejects.toThrow(message);
});

it('accepts settings for each parameter by its name, and by default does not decay biases', async () => {
  const optimizer = await bindAdafactor(variables(), { learningRate: 0.5, weightDecay: 0.1 });
  expect(optimizer.groups.map(({ weightDecay }) => weightDecay)).toEqual([0.1, 0, 0.1]);
  const own = await bindSgd(variables(), {
    settingsFor: (name) => (name === 'stack' ? { learningRate: 0.1 } : { weightDecay: 0.2 }),
  });
  expect(own.groups).toEqual([
    { learningRate: 1e-3, weightDecay: 0.2 },
    { learningRate: 1e-3, weightDecay: 0.2 },
    { learningRate: 0.1, weightDecay: 0 },
  ]);
});
