/** The files that `init` writes. The configuration is JavaScript where Node cannot load TypeScript. */
export interface InitFiles {
  readonly [path: string]: string;
}

/** An example of each: a function, its configuration, a workflow. */
export function initFiles({ typescript }: { readonly typescript: boolean }): InitFiles {
  const extension = typescript ? 'ts' : 'mjs';
  return {
    [`parity.config.${extension}`]: config(extension),
    [`parity-example.${extension}`]: example(typescript),
    '.github/workflows/parity.yml': workflow(`parity.config.${extension}`),
  };
}

const config = (extension: string): string => `\
// What \`npx sparse-encoder-parity run\` compares.
import { defineParity, matrix, sameAs, scalar, target } from 'sparse-encoder/parity';
import { huber } from './parity-example.${extension}';

export default defineParity({
  // Packages that your reference needs besides PyTorch, and folders of Python modules of your own:
  // python: { requirements: 'requirements.txt', path: ['python'] },

  // Cases for each target.
  cases: 60,

  targets: [
    target({
      // Your function. It receives all inputs as one object.
      ours: huber,
      // The function that it has to equal: module:function.
      reference: 'torch.nn.functional:huber_loss',
      // How to draw the inputs. Awkward data (zeros, ties, bounds, ...) is added by itself.
      inputs: {
        input: matrix({ rows: [1, 8], columns: [1, 64] }),
        target: sameAs('input'),
        delta: scalar({ min: 0.1, max: 5 }),
      },
      // The inputs whose gradients are compared, too.
      gradients: ['input', 'target'],
      // Wrong variants, each of which has to be caught: a check that cannot fail proves nothing.
      mutants: {
        'the sum instead of the mean': (inputs) => huber(inputs).mul(inputs.input.size + 1),
      },
    }),
  ],
});
`;

const example = (typescript: boolean): string => {
  const inputs = typescript ? ': { input: tf.Tensor; target: tf.Tensor; delta: number }' : '';
  const tensor = typescript ? ': tf.Tensor' : '';
  const note = typescript
    ? ''
    : '\n *\n * @param {{ input: tf.Tensor, target: tf.Tensor, delta: number }} inputs\n * @returns {tf.Tensor}';
  const cast = typescript ? '(e as tf.Tensor)' : 'e';
  return `\
import * as tf from '@tensorflow/tfjs';

/**
 * The Huber loss: e² / 2 up to |e| = delta, and a straight line beyond it; the mean of all errors.${note}
 */
export function huber({ input, target, delta }${inputs})${tensor} {
  const error = input.sub(target).abs();
  // tfjs cannot differentiate a comparison, and no gradient flows through it.
  const small = tf.customGrad((e) => ({
    value: ${cast}.lessEqual(delta),
    gradFunc: () => tf.zerosLike(${cast}),
  }))(error);
  return tf.where(small, error.square().mul(0.5), error.sub(0.5 * delta).mul(delta)).mean();
}
`;
};

const workflow = (config_: string): string => `\
name: parity
on: [push, pull_request]
jobs:
  parity:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 22
          cache: npm
      - uses: actions/setup-python@v5
        with:
          python-version: '3.11'
      - uses: actions/cache@v4
        with:
          path: ~/.cache/sparse-encoder
          key: parity-\${{ runner.os }}-\${{ hashFiles('package-lock.json') }}
      - run: npm ci
      - run: npx sparse-encoder-parity run --config ${config_} --json parity.json --junit parity.xml --html parity.html
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: parity
          path: |
            parity.json
            parity.xml
            parity.html
            parity-failures
`;
