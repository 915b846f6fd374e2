import type { UpdateRule } from '../../training/in-place-optimizer.js';

/** The parts of an element-by-element Adafactor. Each part may be wrong. */
export interface AdafactorParts {
  /** The share of a running mean that a step keeps. */
  readonly keep: (step: number) => number;
  readonly epsilon: number;
  /** The limit for the root mean square of the update. */
  readonly threshold: number;
  readonly dividesByMean: boolean;
  readonly isFactored: (shape: readonly number[]) => boolean;
  /** Whether each matrix of a stack has its own limit. */
  readonly clipsMatrices: boolean;
  /** The factor for the learning rate, from the parameter's root mean square. */
  readonly scale: (rootMeanSquare: number) => number;
  readonly decayed: (parameter: number, decay: number, rate: number) => number;
}

const RIGHT: AdafactorParts = {
  keep: (step) => 1 - step ** -0.8,
  epsilon: 1e-30,
  threshold: 1,
  dividesByMean: true,
  isFactored: (shape) => shape.length >= 2,
  clipsMatrices: false,
  scale: () => 1,
  decayed: (parameter, decay, rate) => parameter - rate * decay * parameter,
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each, 0) / values.length;
const rms = (values: readonly number[]): number => Math.sqrt(mean(values.map((x) => x * x)));
const count = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** Another implementation of Adafactor. With no wrong part, it is right. */
export function plainAdafactor(wrong: Partial<AdafactorParts> = {}): UpdateRule {
  const parts = { ...RIGHT, ...wrong };
  return {
    name: 'plain Adafactor',
    momentShapes: (shape): Record<string, readonly number[]> =>
      shape.length < 2
        ? { second: shape }
        : { row: shape.slice(0, -1), column: [...shape.slice(0, -2), ...shape.slice(-1)] },
    update({ parameter, gradient, scale, shape, moments, group: { learningRate, weightDecay }, step }) {
      const keep = parts.keep(step);
      const [height = 1, width = 1] = shape.length < 2 ? [1, parameter.length] : shape.slice(-2);
      const matrices = parameter.length / (height * width);
      const g = Array.from(gradient, (x) => x * scale);
      const squares = g.map((x) => x * x + parts.epsilon);
      const rate = learningRate * parts.scale(rms([...parameter]));
      const { row = new Float32Array(1), column, second } = moments;
      const updates = count(matrices).map((m) => {
        const at = (r: number, c: number): number => (m * height + r) * width + c;
        const kept = (into: Float32Array, index: number, value: number): number => {
          into[index] = keep * (into[index] ?? 0) + (1 - keep) * value;
          return into[index] ?? 0;
        };
        if (column === undefined) {
          const own = second as Float32Array;
          const values = squares.map((square, i) => kept(own, i, square));
          const over = parts.isFactored(shape) ? values.map(() => mean(values)) : values;
          return g.map((x, i) => x / Math.sqrt(over[i] ?? 0));
        }
        const rows = count(height).map((r) =>
          kept(row, m * height + r, mean(count(width).map((c) => squares[at(r, c)] ?? 0))),
        );
        const columns = count(width).map((c) =>
          kept(column, m * width + c, mean(count(height).map((r) => squares[at(r, c)] ?? 0))),
        );
        const divisor = parts.dividesByMean ? mean(rows) : 1;
        return count(height * width).map((i) => {
          const [r, c] = [Math.floor(i / width), i % width];
          return (g[at(r, c)] ?? 0) / Math.sqrt((rows[r] ?? 0) / divisor) / Math.sqrt(columns[c] ?? 0);
        });
      });
      const limit = (values: readonly number[]): number => Math.max(1, rms(values) / parts.threshold);
      const ofAll = limit(updates.flat());
      const steps = updates.flatMap((own) => own.map((u) => u / (parts.clipsMatrices ? limit(own) : ofAll)));
      parameter.forEach((p, i) => {
        parameter[i] = parts.decayed(p, weightDecay, rate) - rate * (steps[i] ?? 0);
      });
    },
  };
}

/** The parts of an element-by-element SGD. Each part may be wrong. */
export interface SgdParts {
  /** The shares of the old sum of gradients and of the new gradient in a step, counted from 1. */
  readonly weights: (step: number) => readonly [keep: number, take: number];
  readonly nesterov: boolean;
  readonly momentum: number;
  /** Whether weight decay is added to the gradient. */
  readonly isCoupled: boolean;
  /** Whether the sum includes the learning rates. */
  readonly sumsSteps: boolean;
}

/** Another implementation of SGD with momentum. */
export function plainSgd(parts: SgdParts): UpdateRule {
  return {
    name: 'plain SGD',
    momentShapes: (shape) => ({ momentum: shape }),
    update({ parameter, gradient, scale, moments, group: { learningRate, weightDecay }, step }) {
      const kept = moments['momentum'] as Float32Array;
      const [keep, take] = parts.weights(step);
      const [inSum, after] = parts.sumsSteps ? [learningRate, 1] : [1, learningRate];
      parameter.forEach((p, i) => {
        const g = ((gradient[i] ?? 0) * scale + (parts.isCoupled ? weightDecay * p : 0)) * inSum;
        kept[i] = keep * (kept[i] ?? 0) + take * g;
        const direction = parts.nesterov ? g + parts.momentum * (kept[i] ?? 0) : (kept[i] ?? 0);
        parameter[i] = p - after * direction - (parts.isCoupled ? 0 : learningRate * weightDecay * p);
      });
    },
  };
}
