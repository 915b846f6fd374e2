import { expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { ReduceLrOnPlateau } from './reduce-lr-on-plateau.js';

it('lowers rates when more evaluations than its patience bring no improvement', () => {
  const plateau = new ReduceLrOnPlateau({ patience: 1, factor: 0.5 });
  const group = { learningRate: 1 };
  const rates = [3, 2, 2, 2, 2, 2].map((loss) => {
    plateau.step(loss, [group]);
    return group.learningRate;
  });
  expect(rates).toEqual([1, 1, 1, 0.5, 0.5, 0.25]);
});

it.each([
  [{ factor: 1 }, 'factor is 1; expected a number above 0 and below 1'],
  [{ mode: 'mim' }, 'mode is "mim"; expected one of "min", "max"; did you mean "min"?'],
  [{ minimum: 1 }, 'ReduceLrOnPlateau has no option "minimum"'],
])('refuses %o', (options, message) => {
  expect(() => new ReduceLrOnPlateau(options as object)).toThrow(message);
});

it('rejects values that are not a metric, groups or a state', () => {
  const plateau = new ReduceLrOnPlateau();
  expect(() => plateau.step('1' as never, [])).toThrow(InputError);
  expect(() => plateau.step(1, [{}] as never)).toThrow(InputError);
  expect(() => plateau.load({ best: null, bad: -1, cooldown: 0 })).toThrow(InputError);
});
