import { describe, expect, it } from 'vitest';
import { checkConfig } from './check-config.js';
import { choice, integer, list, matrix, type Size, sameAs, scalar, sizeOf, tensor } from './input-spec.js';

const ours = (): number => 0;
const reference = 'torch.nn.functional:relu';
const one = { ours, reference, inputs: { x: matrix({ rows: 2, columns: [1, 4] }) } };
const withInputs = (inputs: object): object => ({ targets: [{ ...one, inputs }] });
const square = (...shape: Size[]): object => ({ x: tensor({ shape, structure: 'symmetric' }) });

describe('a configuration is refused', () => {
  it.each<[string, unknown, string]>([
    ['that is not an object', 3, 'config is 3; expected defineParity({ targets: [...] })'],
    ['without targets', {}, 'config: targets is undefined; expected a list of at least one target'],
    ['with no target', { targets: [] }, 'config: targets is []; expected a list of at least one target'],
    ['with an unknown key', { target: [] }, 'config has "target", which is unknown; did you mean "targets"?'],
    [
      'with an unknown key of Python',
      { python: { requirement: '' }, targets: [one] },
      'did you mean "requirements"?',
    ],
    ['with an unknown key of a target', { targets: [{ ...one, gradient: [] }] }, 'did you mean "gradients"?'],
    ['with two targets of one name', { targets: [one, one] }, 'two targets have the name "relu"'],
    ['with a target without inputs', { targets: [{ ours, reference }] }, 'targets[0] lacks "inputs"'],
    ['with nothing to vary', withInputs({}), 'target "relu" has no inputs, so there is nothing to vary'],
    [
      'with a reference that names no module',
      { targets: [{ ...one, reference: 'relu' }] },
      'is "relu"; expected module:function',
    ],
    [
      'with ours that cannot run',
      { targets: [{ ...one, ours: 'relu' }] },
      'ours is "relu"; expected a function, command(...) or modulePort',
    ],
    [
      'with a mutant that cannot run',
      { targets: [{ ...one, mutants: { wrong: 1 } }] },
      'mutants.wrong is 1; expected a function',
    ],
    [
      'with a gradient of nothing',
      { targets: [{ ...one, gradients: ['y'] }] },
      'gradients has "y"; the tensors among the inputs are x',
    ],
    [
      'with an unknown level',
      { targets: [{ ...one, budgets: { ulps: { limit: 2, level: 'fail' } } }] },
      'level is "fail"; expected off, warn, error',
    ],
    [
      'with a limit that is none',
      { targets: [one], budgets: { ratio: { limit: -1 } } },
      'limit is -1; expected a number of at least 0',
    ],
    ['with no case', { targets: [one], cases: 0 }, 'cases is 0; expected a whole number of at least 1'],
    [
      'with a gradient of whole numbers',
      { targets: [{ ...one, gradients: ['i'], inputs: { i: tensor({ shape: [2], dtype: 'int32' }) } }] },
      'which is int32; only floats have a gradient',
    ],
    [
      'with refused inputs that are none',
      { targets: [{ ...one, refused: { bad: { y: choice(1) } } }] },
      'refused.bad has "y", which is unknown',
    ],
    [
      'with a value in place of a form',
      withInputs({ x: 3 }),
      'inputs.x is 3; expected tensor(...), scalar(...) and the like',
    ],
    [
      'with an empty range',
      withInputs({ x: scalar({ min: 2, max: 1 }) }),
      'inputs.x has the range from 2 to 1, which is empty',
    ],
    [
      'with an empty range of lengths',
      withInputs({ x: list(integer({ min: 0, max: 1 }), { length: [3, 2] }) }),
      'length has the range from 3 to 2',
    ],
    [
      'with more active numbers than there are',
      withInputs({ x: matrix({ rows: 1, columns: [1, 9], active: [3, 4] }) }),
      'cannot be satisfied: 3 active numbers in rows of 1',
    ],
    [
      'with one-hot rows of nothing',
      withInputs({ x: matrix({ rows: 1, columns: [0, 2], structure: 'one-hot' }) }),
      'one-hot rows need a last axis of at least 1',
    ],
    [
      'with a symmetric tensor of two sizes',
      withInputs(square([1, 4], [1, 4])),
      'give both the same name in dims',
    ],
    [
      'with a kink outside of the range',
      withInputs({ x: matrix({ rows: 1, columns: 1, min: 1, kinks: [0] }) }),
      'the kink 0 is outside the range from 1 to 4',
    ],
    [
      'with a dimension of no name',
      withInputs({ x: matrix({ rows: 'batch', columns: 1 }) }),
      'has the dimension "batch"; the dimensions of the target (dims) are none',
    ],
    [
      'with inputs that refer to each other',
      withInputs({ x: sameAs('y'), y: sameAs('x') }),
      'refer to each other',
    ],
    [
      'with a size of an axis that is not there',
      withInputs({ x: tensor({ shape: [sizeOf('y', 2)] }), y: tensor({ shape: [1] }) }),
      'refers to axis 2 of y, which it does not have',
    ],
  ])('%s', (_, config, message) => {
    expect(() => checkConfig(config, 'config')).toThrow(message);
  });
});

it('accepts sizes that depend on each other', () => {
  const inputs = {
    x: tensor({ shape: ['n', 'n'], structure: 'symmetric' }),
    y: tensor({ shape: [sizeOf('x', 0), 3] }),
  };
  expect(() => checkConfig({ targets: [{ ...one, inputs, dims: { n: [1, 4] } }] }, 'config')).not.toThrow();
});
