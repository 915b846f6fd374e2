import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';

/** Sizes of the inputs of a generated program. */
export interface ProgramSizes {
  readonly rows: number;
  readonly others: number;
  readonly width: number;
}

/** A generated function of matrices, columns, rows and scalars. Its operations do not depend on any size. */
export interface RowProgram {
  readonly steps: readonly Step[];
  readonly run: (inputs: readonly tf.Tensor[]) => tf.Tensor[];
}

interface Step {
  readonly op: string;
  /** Selects among the tensors that fit the operation. */
  readonly picks: readonly [number, number, number];
}

/** A tensor [rows, width], or a vector [rows], with named sizes. */
interface Item {
  readonly tensor: tf.Tensor;
  readonly rows: string;
  readonly width: string | undefined;
}

export const INPUT_DIMENSIONS = [
  ['rows', 'width'],
  ['rows', 'width'],
  ['others', 'width'],
  ['rows', null],
  [null, 'width'],
  ['others'],
  [],
] as const;

/** New inputs, with numbers from a list of any needed length. */
export function programInputs(sizes: ProgramSizes, numberAt: (index: number) => number): tf.Tensor[] {
  let next = 0;
  return INPUT_DIMENSIONS.map((names) => {
    const shape = names.map((name) => (name === null ? 1 : sizes[name]));
    const size = shape.reduce((product, dim) => product * dim, 1);
    return tf.tensor(
      Array.from({ length: size }, () => numberAt(next++)),
      shape,
      'float32',
    );
  });
}

type Operation = (x: Item, same: Item, fitting: Item, pool: readonly Item[]) => Item | undefined;

const each =
  (compute: (x: tf.Tensor) => tf.Tensor): Operation =>
  (x) => ({ ...x, tensor: compute(x.tensor) });

const inRows =
  (compute: (x: tf.Tensor) => tf.Tensor, width: string | undefined): Operation =>
  (x) =>
    x.width === undefined ? undefined : { ...x, width, tensor: compute(x.tensor) };

const whole = (width: string, compute: (x: tf.Tensor2D) => tf.Tensor, result: string): Operation => {
  return (x) =>
    x.width === width ? { ...x, width: result, tensor: compute(x.tensor as tf.Tensor2D) } : undefined;
};

/** Keeps whole numbers small, so that float32 holds every sum of them exactly. */
const small = (x: tf.Tensor): tf.Tensor => tf.clipByValue(x, -4, 4);

const widthOf = (x: tf.Tensor2D): number => x.shape[1];

/** Operations that map small whole numbers to whole numbers, so that the order of sums does not matter. */
const EXACT: Record<string, Operation> = {
  add: (x, _, b) => ({ ...x, tensor: small(tf.add(x.tensor, b.tensor)) }),
  sub: (x, _, b) => ({ ...x, tensor: small(tf.sub(x.tensor, b.tensor)) }),
  mul: (x, _, b) => ({ ...x, tensor: small(tf.mul(b.tensor, x.tensor)) }),
  // tfjs has no gradient for a maximum that broadcasts.
  maximum: (x, same) => ({ ...x, tensor: tf.maximum(x.tensor, same.tensor) }),
  where: (x, same, b) => ({
    ...x,
    tensor: tf.where(tf.greater(x.tensor, b.tensor), x.tensor, same.tensor),
  }),
  abs: each(tf.abs),
  neg: each(tf.neg),
  relu: each(tf.relu),
  timesOnes: each((x) => tf.mul(x, tf.onesLike(x))),
  addTwos: each((x) => small(tf.add(x, tf.fill(x.shape, 2)))),
  isPositive: each((x) => tf.cast(tf.greater(x, 0), 'float32')),
  sumOfRow: inRows((x) => small(tf.sum(x, 1)), undefined),
  sumOfRowKept: inRows((x) => small(tf.sum(x, 1, true)), '1'),
  maxOfRow: inRows((x) => tf.max(x, 1), undefined),
  minOfRowKept: inRows((x) => tf.min(x, -1, true), '1'),
  sumOfColumn: (x) =>
    x.width === undefined ? undefined : { ...x, rows: '1', tensor: small(tf.sum(x.tensor, 0, true)) },
  toColumn: (x) =>
    x.width === undefined ? { ...x, width: '1', tensor: tf.expandDims(x.tensor, 1) } : undefined,
  toVector: whole('1', (x) => tf.squeeze(x, [1]), ''),
  withoutLast: whole('width', (x) => tf.slice(x, [0, 0], [-1, widthOf(x) - 1]), 'width-1'),
  padded: whole(
    'width-1',
    (x) =>
      tf.pad(
        x,
        [
          [0, 0],
          [1, 0],
        ],
        2,
      ),
    'width',
  ),
  doubled: (x, same) =>
    x.width === 'width' && same.width === 'width'
      ? { ...x, width: '2*width', tensor: tf.concat([x.tensor, same.tensor], 1) }
      : undefined,
  secondHalf: whole('2*width', (x) => tf.slice(x, [0, widthOf(x) / 2], [-1, widthOf(x) / 2]), 'width'),
  product: (x, _, __, pool) => {
    const other = pool.find(({ rows, width }) => width !== undefined && width === x.width && rows !== x.rows);
    if (other === undefined) return undefined;
    const tensor = small(tf.matMul(x.tensor, other.tensor, false, true));
    return { rows: x.rows, width: other.rows, tensor };
  },
  flattened: (x) =>
    x.width === undefined ? undefined : { ...x, tensor: x.tensor.flatten().reshape(x.tensor.shape) },
};

const SMOOTH: Record<string, Operation> = {
  ...EXACT,
  // tfjs has no gradient for a comparison, not even a gradient of 0.
  where: (x, same, b) => {
    const isGreater = tf.cast(tf.relu(tf.sign(tf.sub(x.tensor, b.tensor))), 'bool');
    return { ...x, tensor: tf.where(isGreater, x.tensor, same.tensor) };
  },
  isPositive: each((x) => tf.relu(tf.sign(x))),
  exp: each((x) => tf.exp(small(x))),
  tanh: each(tf.tanh),
  sigmoid: each(tf.sigmoid),
  log1p: each((x) => tf.log1p(tf.abs(x))),
  sqrt: each((x) => tf.sqrt(tf.add(tf.abs(x), 1))),
  ratio: (x, _, b) => ({ ...x, tensor: tf.div(x.tensor, tf.add(tf.square(b.tensor), 1)) }),
  meanOfRow: inRows((x) => tf.mean(x, 1), undefined),
  softmax: inRows((x) => tf.softmax(x, 1), ''),
  centered: each((x) => tf.sub(x, tf.mean(x))),
  normalized: inRows((x) => tf.div(x, tf.sqrt(tf.add(tf.sum(tf.square(x), 1, true), 1))), ''),
};

const KINDS = { exact: EXACT, smooth: SMOOTH };

/** Programs with the same bits in any order of summation (`exact`), or with all kinds of operations. */
export function rowPrograms(kind: keyof typeof KINDS): fc.Arbitrary<RowProgram> {
  const operations = KINDS[kind];
  const step = fc.record({
    op: fc.constantFrom(...Object.keys(operations)),
    picks: fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)),
  });
  return fc
    .array(step, { minLength: 2, maxLength: 14 })
    .map((steps) => ({ steps, run: (inputs) => interpret(operations, steps, inputs) }));
}

function interpret(
  operations: Record<string, Operation>,
  steps: readonly Step[],
  inputs: readonly tf.Tensor[],
): tf.Tensor[] {
  const pool = inputs.map((tensor, index): Item => {
    const [rows = null, width] = INPUT_DIMENSIONS[index] ?? [];
    // A scalar is treated as a matrix of one element.
    if (tensor.rank === 0) return { tensor: tensor.reshape([1, 1]), rows: '1', width: '1' };
    return { tensor, rows: rows ?? '1', width: width === null ? '1' : width };
  });
  for (const { op, picks } of steps) {
    const x = pick(pool, picks[0]);
    const same = pool.filter((item) => item.rows === x.rows && item.width === x.width);
    const fitting = pool.filter((item) => broadcasts(item, x));
    const made = operations[op]?.(x, pick(same, picks[1]), pick(fitting, picks[2]), pool);
    // '' stands for the width of the operand, or for no width if the operand had one element.
    if (made) {
      pool.push(made.width === '' ? { ...made, width: op === 'toVector' ? undefined : x.width } : made);
    }
  }
  return [...pool.slice(-3).map(({ tensor }) => tensor), ...pool.slice(0, 2).map(({ tensor }) => tensor)];
}

function pick(items: readonly Item[], at: number): Item {
  // Later items are chosen more often, so that chains get long.
  return items[items.length - 1 - (at % items.length)] as Item;
}

function broadcasts(item: Item, to: Item): boolean {
  if (to.width === undefined) return item.width === undefined && item.rows === to.rows;
  const { rows, width } = item;
  return width !== undefined && (rows === to.rows || rows === '1') && (width === to.width || width === '1');
}
