// @module-tag slow
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { compile } from '../../engine/compile/compile.js';
import { setEngine } from '../../engine/set-engine.js';
import type { Features } from '../../features.js';
import { TINY_CASES, type TinyCase } from '../../testing/tiny-cases.js';
import { featuresOf, outputOf, tinyTokens } from '../../testing/tiny-checkpoints.js';
import { difference, find, make, numbersOf } from '../../testing/tiny-forward.js';
import { seededDropout } from '../dropout.js';

afterAll(() => setEngine('onnx'));

/** One case of each architecture, and another kind of DeBERTa-v2. */
const ARCHITECTURES = [
  ...new Map(TINY_CASES.map((one) => [Reflect.get(one.config, 'model_type'), one])).values(),
  find('DeBERTa-v2 in the style'),
];
/** The dropout of each architecture by its own names. */
const RATES = {
  hidden_dropout_prob: 0.2,
  attention_probs_dropout_prob: 0.1,
  dropout: 0.2,
  attention_dropout: 0.1,
  mlp_dropout: 0.2,
};

/** A loss and all its gradients, with units dropped. */
function stepOf(
  one: TinyCase,
  gradientCheckpointing: boolean,
  { seed = 7, repeatsMasks = true }: { readonly seed?: number; readonly repeatsMasks?: boolean } = {},
) {
  const { module, parameters } = make({ one, task: 'fill-mask', config: RATES });
  const dropout = seededDropout(seed);
  let masks = 0;
  const counting = {
    apply: <T extends tf.Tensor>(x: T, rate: number): T => {
      masks++;
      return dropout.apply(x, rate);
    },
    capture: () => (repeatsMasks ? dropout.capture() : () => undefined),
  };
  const options = { mode: 'train', dropout: counting, gradientCheckpointing } as const;
  const step = (features: Features): tf.Tensor[] => {
    const variables = parameters.entries().map(([, variable]) => variable);
    const { value, grads } = tf.variableGrads(
      () => outputOf(module.forward(features, options)).sin().mean(),
      variables,
    );
    return [value, ...variables.map(({ name }) => (grads[name] as tf.Tensor).flatten())];
  };
  return { step, masks: () => masks, dropout };
}

const joined = async (tensors: readonly tf.Tensor[]): Promise<number[]> =>
  (await Promise.all(tensors.map(numbersOf))).flat();

describe.each(ARCHITECTURES)('$name', (one) => {
  it('has the same gradients, layer by layer computed again with the same masks', async () => {
    await setEngine('cpu');
    const features = featuresOf(tinyTokens(one));
    const [plain, again] = [stepOf(one, false), stepOf(one, true)];
    const expected = await joined(tf.tidy(() => plain.step(features)));
    const found = await joined(tf.tidy(() => again.step(features)));
    expect(difference(found, expected)).toBeLessThan(1e-7);
    expect(again.masks()).toBeGreaterThan(1.5 * plain.masks());
    // The next step draws the masks that come next.
    expect(again.dropout.position).toBe(plain.dropout.position);
    for (const wrong of [{ seed: 8 }, { repeatsMasks: false }]) {
      const other = await joined(tf.tidy(() => stepOf(one, true, wrong).step(features)));
      expect(difference(other, expected)).toBeGreaterThan(1e-4);
    }
  });

  it('has the same gradients in a compiled program, step after step', async () => {
    await setEngine('onnx');
    const features = featuresOf(tinyTokens(one));
    const results = [];
    for (const gradientCheckpointing of [false, true]) {
      const { step } = stepOf(one, gradientCheckpointing);
      const compiled = compile(step, { name: 'step' });
      results.push([await joined(await compiled(features)), await joined(await compiled(features))]);
      await compiled.dispose();
    }
    const [[first = [], second = []] = [], [firstAgain = [], secondAgain = []] = []] = results;
    expect(difference(firstAgain, first)).toBeLessThan(1e-6);
    expect(difference(secondAgain, second)).toBeLessThan(1e-6);
    expect(difference(second, first)).toBeGreaterThan(1e-4);
  });
});
