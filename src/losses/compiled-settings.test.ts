import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { compile, setEngine, totalLoss } from '../index.js';
import { LOSS_SETTINGS, type LossSettings, UsersLoss } from '../testing/loss-settings.js';
import { sparseMatrix, tensorOf } from '../testing/matrices.js';
import { passThroughModel } from '../testing/models.js';
import { setWarningHandler } from '../warnings.js';

beforeAll(() => setEngine('onnx'));
const warned = vi.fn<(message: string) => void>();
setWarningHandler(warned);
afterEach(() => warned.mockClear());

const embeddingsOf = ({ columns }: LossSettings): tf.Tensor2D[] =>
  Array.from({ length: columns }, (_, column) => tensorOf(sparseMatrix(60 + column, 3, 4)));

function setAt(object: object, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop() as string;
  const owner = names.reduce((each, name) => Reflect.get(each, name) as object, object);
  Reflect.set(owner, last, value);
}

/** Value and gradients, by the engine in use. */
function outcomeOf(settings: LossSettings, loss: object): (...embeddings: tf.Tensor2D[]) => tf.Tensor[] {
  const labels = settings.labels?.();
  return (...embeddings) => {
    const { value, grads } = tf.valueAndGrads((...given: tf.Tensor[]) =>
      totalLoss(settings.compute(loss as never, given as tf.Tensor2D[], labels)),
    )(embeddings);
    return [value, ...grads];
  };
}

const numbers = async (tensors: tf.Tensor[]): Promise<number[]> =>
  (await Promise.all(tensors.map(async (each) => Array.from(await each.data())))).flat();

describe.each(LOSS_SETTINGS)('the settings of $name in a compiled step', (settings) => {
  it('are all in the table', () => {
    const fields = Object.keys(settings.make());
    const known = [
      ...Object.keys(settings.changes).filter((path) => !path.includes('.')),
      ...(settings.unread ?? []),
    ];
    expect(fields.toSorted()).toEqual(known.toSorted());
  });

  it.each(Object.entries(settings.changes))('%s takes effect when it changes', async (path, values) => {
    const loss = settings.make();
    const embeddings = embeddingsOf(settings);
    const eager = outcomeOf(settings, loss);
    const compiled = compile(outcomeOf(settings, loss), { name: 'step' });
    let before = '';
    for (const value of [undefined, ...values]) {
      if (value !== undefined) setAt(loss, path, value);
      const expected = await numbers(eager(...embeddings));
      const found = await numbers(await compiled(...embeddings));
      expect(found).toHaveLength(expected.length);
      for (const [index, each] of expected.entries()) expect(found[index]).toBeCloseTo(each, 4);
      expect(expected.join()).not.toBe(before);
      before = expected.join();
    }
    await compiled.dispose();
  });
});

it('a weight that a schedule changes costs no recording', async () => {
  const settings = LOSS_SETTINGS.find(({ name }) => name === 'SpladeLoss') as LossSettings;
  const loss = settings.make();
  const outcome = outcomeOf(settings, loss);
  let recordings = 0;
  const counted = (...embeddings: tf.Tensor2D[]): tf.Tensor[] => {
    recordings++;
    return outcome(...embeddings);
  };
  const compiled = compile(counted, { name: 'step' });
  for (let step = 0; step < 20; step++) {
    setAt(loss, 'documentRegularizerWeight', step / 10);
    setAt(loss, 'queryRegularizerWeight', step / 20);
    await compiled(...embeddingsOf(settings));
  }
  expect(recordings).toBe(1);
  await compiled.dispose();
});

it('a field that changes at every step is named in one warning', async () => {
  const loss = new UsersLoss(passThroughModel());
  const compiled = compile((a: tf.Tensor2D, b: tf.Tensor2D) => loss.computeLossFromEmbeddings([a, b]), {
    name: 'step',
  });
  const [a, b] = [tf.ones<tf.Rank.R2>([2, 3]), tf.zeros<tf.Rank.R2>([2, 3])];
  for (let step = 0; step < 12; step++) {
    loss.strength = step;
    expect((await (await compiled(a, b)).data())[0]).toBe(step + 1);
  }
  expect(warned.mock.calls).toEqual([[expect.stringContaining('UsersLoss.strength had changed')]]);
  await compiled.dispose();
});

describe('what compile cannot see', () => {
  class Hidden extends UsersLoss {
    #factor = 1;

    set factor(next: number) {
      this.#factor = next;
    }

    override computeLossFromEmbeddings(columns: readonly tf.Tensor2D[]): tf.Scalar {
      return super.computeLossFromEmbeddings(columns).mul(this.#factor);
    }
  }
  let draws = 0;
  const hidden = new Hidden(passThroughModel());
  const HIDDEN: [string, (change: number) => void, (a: tf.Tensor2D) => tf.Tensor][] = [
    [
      'a private field',
      (change) => (hidden.factor = change),
      (a) => hidden.computeLossFromEmbeddings([a, a.mul(3)]),
    ],
    ['a variable of a closure', (change) => (draws = change), (a) => a.mul(draws)],
    ['random numbers', () => undefined, (a) => a.mul(tf.tensor1d([Math.random(), 1, 1]))],
    ['a choice of operations', (change) => (draws = change), (a) => (draws > 0 ? a.neg() : a.exp())],
    [
      'many random numbers',
      () => undefined,
      (a) => a.add(tf.tensor1d(Float32Array.from({ length: 20_000 }, Math.random)).sum()),
    ],
  ];

  it.each(HIDDEN)('%s stays what it was, and is refused with `check`', async (_, change, fn) => {
    const a = tf.ones<tf.Rank.R2>([2, 3]);
    change(0);
    const frozen = compile(fn, { name: 'frozen step' });
    const checked = compile(fn, { name: 'checked step', check: true });
    const first = await numbers([await frozen(a)]);
    await checked(a);
    change(3);
    expect(await numbers([await frozen(a)])).toEqual(first);
    expect(await numbers([fn(a)])).not.toEqual(first);
    await expect(checked(a)).rejects.toThrow('checked step would now record a different program');
    await Promise.all([frozen.dispose(), checked.dispose()]);
  });

  it.each(LOSS_SETTINGS)('includes nothing of $name', async (settings) => {
    const loss = settings.make();
    const compiled = compile(outcomeOf(settings, loss), { name: 'step', check: true });
    for (let call = 0; call < 3; call++) {
      await expect(compiled(...embeddingsOf(settings))).resolves.toHaveLength(1 + settings.columns);
    }
    await compiled.dispose();
  });
});
