import { abs } from '../../src/ops/abs.js';
import { normalizeRows } from '../../src/ops/norm.js';
import { tf } from '../../src/tf.js';
import { functionMutants } from './functions.js';
import type { NamedFunction } from './mutant.js';

interface Steps {
  readonly normalize: (x: tf.Tensor2D) => tf.Tensor2D;
  /** From an odd number of dimensions. */
  readonly even: (x: tf.Tensor2D) => tf.Tensor2D;
  /** Even dimensions or the first half are real, the others imaginary: [n, d] -> two of [n, d / 2]. */
  readonly parts: (x: tf.Tensor2D) => readonly [real: tf.Tensor, imaginary: tf.Tensor];
  readonly sines: (x: Complex, y: Complex) => tf.Tensor;
  readonly magnitude: (sums: tf.Tensor) => tf.Tensor;
}

interface Complex {
  readonly real: tf.Tensor;
  readonly imaginary: tf.Tensor;
}

const halves = (x: tf.Tensor2D): readonly [tf.Tensor, tf.Tensor] => {
  const half = Math.floor(x.shape[1] / 2);
  return [x.slice([0, 0], [-1, half]), x.slice([0, half], [-1, half])];
};

const padded = (x: tf.Tensor2D, zeros: [number, number]): tf.Tensor2D => tf.pad2d(x, [[0, 0], zeros]);

const RIGHT: Steps = {
  normalize: normalizeRows,
  even: (x) => padded(x, [0, 1]),
  parts: halves,
  sines: (x, y) => x.imaginary.mul(y.real).sub(x.real.mul(y.imaginary)),
  magnitude: abs,
};

function angle(wrong: Partial<Steps>): NamedFunction {
  const { normalize, even, parts, sines, magnitude } = { ...RIGHT, ...wrong };
  return (a: tf.Tensor2D, b: tf.Tensor2D) => {
    const evened = (x: tf.Tensor2D): tf.Tensor2D => (x.shape[1] % 2 === 0 ? x : even(x));
    const [x, y] = [normalize(evened(a)), normalize(evened(b))];
    const complex = (z: tf.Tensor2D): Complex => {
      const [real, imaginary] = parts(z);
      return { real, imaginary };
    };
    return magnitude(
      x
        .mul(y)
        .sum(1)
        .add(sines(complex(x), complex(y)).sum(1)),
    );
  };
}

export const ANGLE = functionMutants('pairwiseAngleSim', angle({}), {
  'halves-swapped': {
    what: 'the first half is imaginary, the second real',
    wrong: angle({ parts: (x) => [...halves(x)].toReversed() as [tf.Tensor, tf.Tensor] }),
  },
  interleaved: {
    what: 'even dimensions are real, odd ones imaginary',
    wrong: angle({
      parts: (x) => {
        const pairs = x.reshape([x.shape[0], -1, 2]);
        return [
          pairs.slice([0, 0, 0], [-1, -1, 1]).squeeze([2]),
          pairs.slice([0, 0, 1], [-1, -1, 1]).squeeze([2]),
        ];
      },
    }),
  },
  'sines-sign': {
    what: 'the sines of y / x instead of x / y',
    wrong: angle({ sines: (x, y) => x.real.mul(y.imaginary).sub(x.imaginary.mul(y.real)) }),
  },
  'sines-added': {
    what: 'the products of the sines are added, so that the function is symmetric',
    wrong: angle({ sines: (x, y) => x.imaginary.mul(y.real).add(x.real.mul(y.imaginary)) }),
  },
  'no-sines': { what: 'the real part only: |cosine|', wrong: angle({ sines: (x) => tf.zerosLike(x.real) }) },
  'no-abs': { what: 'the sign is kept', wrong: angle({ magnitude: (sums) => sums }) },
  'tfjs-abs': {
    what: 'the absolute value of tfjs, whose gradient at 0 is -1',
    wrong: angle({ magnitude: (sums) => tf.abs(sums) }),
  },
  'not-normalized': { what: 'rows are not normalized', wrong: angle({ normalize: (x) => x }) },
  'padded-in-front': {
    what: 'odd rows get their zero in front',
    wrong: angle({ even: (x) => padded(x, [1, 0]) }),
    equivalent: 'the halves pair the same dimensions, and the one that is left meets a zero',
  },
  'odd-dimension-dropped': {
    what: 'the last of an odd number of dimensions is dropped',
    wrong: angle({ even: (x) => x.slice([0, 0], [-1, x.shape[1] - 1]) }),
  },
});
