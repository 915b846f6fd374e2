import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { EngineName } from '../../engine-names.js';
import { compile } from '../compile/compile.js';
import { setEngine } from '../set-engine.js';

/** Large enough for the arrays of disposed tensors to be reused. */
const SHAPE = [128, 130];
const SIZE = 128 * 130;

/** The steps of a script and their frequencies. An array is reused after calls and disposals, but not after a read. */
const WEIGHTS = {
  make: 1,
  add: 1,
  reshape: 1,
  clone: 1,
  read: 1,
  dispose: 6,
  mix: 6,
  twins: 2,
  step: 3,
  settle: 4,
  assign: 1,
  variable: 1,
};

type Kind = keyof typeof WEIGHTS;

interface Command {
  readonly kind: Kind;
  /** Which of the available tensors. */
  readonly left: number;
  readonly right: number;
}

const script = fc.array(
  fc.record({
    kind: fc.oneof(
      ...Object.entries(WEIGHTS).map(([kind, weight]) => ({ arbitrary: fc.constant(kind as Kind), weight })),
    ),
    left: fc.nat(30),
    right: fc.nat(30),
  }),
  { minLength: 20, maxLength: 80, size: 'max' },
);

const half = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => a.add(b).mul(0.5);

/** The results of all reads, in order, on one engine. */
async function play(engine: EngineName, commands: readonly Command[]): Promise<ArrayLike<number>[]> {
  await setEngine(engine);
  const before = tf.memory().numTensors;
  const variable = tf.tidy(() => tf.variable(tf.range(0, SIZE).reshape(SHAPE)));
  const tensors: tf.Tensor[] = [];
  const reads: Promise<ArrayLike<number>>[] = [];
  let pending: Promise<tf.Tensor[]>[] = [];
  const settle = async (): Promise<void> => {
    const results = await Promise.all(pending);
    pending = [];
    tensors.push(...results.flat());
  };

  const mix = compile((a: tf.Tensor, b: tf.Tensor) => [half(a, b), a.sub(b)], { name: 'mix' });
  const twins = compile((a: tf.Tensor, b: tf.Tensor) => [a, a, b.reshape([SIZE]).reshape(SHAPE)], {
    name: 'twins',
  });
  const step = compile(
    (a: tf.Tensor) => {
      const was = variable.mul(1);
      variable.assign(half(variable, a));
      return [was, variable.sub(a)];
    },
    { name: 'step' },
  );

  for (const { kind, left, right } of commands) {
    const a = tensors[left % tensors.length];
    const b = tensors[right % tensors.length];
    if (kind === 'make' || a === undefined || b === undefined) {
      tensors.push(tf.tidy(() => tf.range(left, left + SIZE).reshape(SHAPE)));
      continue;
    }
    switch (kind) {
      case 'add':
        tensors.push(tf.tidy(() => half(a, b)));
        break;
      case 'reshape':
        tensors.push(tf.tidy(() => a.reshape([SIZE]).reshape(SHAPE)));
        break;
      case 'clone':
        tensors.push(a.clone());
        break;
      case 'read':
        reads.push(a.data());
        break;
      case 'dispose':
        tensors.splice(left % tensors.length, 1);
        a.dispose();
        break;
      case 'mix':
        pending.push(mix(a, b));
        break;
      case 'twins':
        pending.push(twins(a, b));
        break;
      case 'step':
        pending.push(step(a));
        break;
      case 'settle':
        await settle();
        break;
      case 'assign':
        await settle();
        variable.assign(a);
        break;
      case 'variable':
        await settle();
        reads.push(variable.data());
        tensors.push(variable.clone());
        break;
    }
  }
  await settle();
  reads.push(...tensors.map((tensor) => tensor.data()), variable.data());
  const values = await Promise.all(reads);
  tf.dispose(tensors);
  variable.dispose();
  expect(tf.memory().numTensors).toBe(before);
  await Promise.all([mix, twins, step].map((program) => program.dispose()));
  return values;
}

beforeAll(() => setEngine('onnx'));

test('in any order of recording, reading, disposing and calling, no tensor sees the numbers of another', async () => {
  await fc.assert(
    fc.asyncProperty(script, async (commands) => {
      const expected = await play('cpu', commands);
      const found = await play('onnx', commands);
      expect(found.length).toBe(expected.length);
      found.forEach((values, index) => {
        expect(largestDifference(values, expected[index] ?? [])).toBeLessThan(0.01);
      });
    }),
    { numRuns: 20, interruptAfterTimeLimit: 60_000 },
  );
});

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let index = 0; index < a.length; index++) {
    largest = Math.max(largest, Math.abs((a[index] as number) - (b[index] as number)));
  }
  return largest;
}
