import type { Update, UpdateRule } from './in-place-optimizer.js';

/** Added to the squared gradients. */
const EPSILON = 1e-30;
/** The largest root mean square of an update, before it is multiplied by the learning rate. */
const CLIP_THRESHOLD = 1;
const DECAY_RATE = -0.8;

/** The factors that elements of the gradient are multiplied by: one for the row and one for the column. */
interface Factors {
  /** One factor for each row of all matrices of a stack. */
  readonly rows: Float64Array;
  /** One factor for each column of all matrices. */
  readonly columns: Float64Array;
  readonly rowsOfMatrix: number;
  readonly width: number;
}

/**
 * Adafactor with transformers' formulas and the options that its trainer sets: the learning rate is given and does not scale
 * with the parameter, and there is no first moment. For a matrix [rows, columns], only the means of the squared gradients
 * over rows and over columns are kept. A tensor of higher rank is treated as a stack of matrices.
 *
 *     b = 1 - step^-0.8,   s = g^2 + 1e-30
 *     row = b row + (1 - b) mean of s over columns,   column = b column + (1 - b) mean of s over rows
 *     u = g / sqrt(row / mean(row)) / sqrt(column)
 *     p = (1 - lr weightDecay) p - lr u / max(1, root mean square of u)
 *
 * A vector keeps the running mean of s itself, and its u is g divided by the square root of that mean.
 *
 * @see Shazeer and Stern, Adafactor: Adaptive Learning Rates with Sublinear Memory Cost (2018), https://arxiv.org/abs/1804.04235
 */
export const adafactor: UpdateRule = {
  name: 'Adafactor',
  momentShapes(shape) {
    if (shape.length < 2) return { second: shape };
    return { row: shape.slice(0, -1), column: [...shape.slice(0, -2), ...shape.slice(-1)] };
  },
  update(update) {
    const { parameter, gradient, scale, group } = update;
    const factors = update.shape.length < 2 ? vectorFactors(update) : matrixFactors(update);
    const meanSquare = (sumOfSquares(gradient, factors) * scale * scale) / gradient.length;
    const clip = Math.max(1, Math.sqrt(meanSquare) / CLIP_THRESHOLD);
    const kept = 1 - group.learningRate * group.weightDecay;
    const rate = (group.learningRate * scale) / clip;
    const { rows, columns, rowsOfMatrix, width } = factors;
    for (let r = 0; r < rows.length; r++) {
      const firstColumn = Math.floor(r / rowsOfMatrix) * width;
      const ofRow = rate * (rows[r] as number);
      for (let c = 0; c < width; c++) {
        const i = r * width + c;
        const u = ofRow * (columns[firstColumn + c] as number) * (gradient[i] as number);
        parameter[i] = kept * (parameter[i] as number) - u;
      }
    }
  },
};

/** The share of a running mean that a step keeps. */
const keptAt = (step: number): number => 1 - step ** DECAY_RATE;

/** Updates the moments of a stack of matrices. */
function matrixFactors({ gradient, scale, shape, moments, step }: Update): Factors {
  const { row, column } = moments as Record<'row' | 'column', Float32Array>;
  const [rowsOfMatrix = 1, width = 1] = shape.slice(-2);
  const keep = keptAt(step);
  const columnSums = new Float64Array(column.length);
  for (let r = 0; r < row.length; r++) {
    const firstColumn = Math.floor(r / rowsOfMatrix) * width;
    let sum = 0;
    for (let c = 0; c < width; c++) {
      const g = (gradient[r * width + c] as number) * scale;
      const square = g * g + EPSILON;
      sum += square;
      columnSums[firstColumn + c] = (columnSums[firstColumn + c] as number) + square;
    }
    row[r] = keep * (row[r] as number) + (1 - keep) * (sum / width);
  }
  column.forEach((before, c) => {
    column[c] = keep * before + (1 - keep) * ((columnSums[c] as number) / rowsOfMatrix);
  });
  const rows = new Float64Array(row.length);
  for (let begin = 0; begin < row.length; begin += rowsOfMatrix) {
    const own = row.subarray(begin, begin + rowsOfMatrix);
    const mean = own.reduce((sum, each) => sum + each, 0) / rowsOfMatrix;
    own.forEach((each, r) => (rows[begin + r] = 1 / Math.sqrt(each / mean)));
  }
  return { rows, columns: Float64Array.from(column, inverseRoot), rowsOfMatrix, width };
}

/** Updates the moment of a vector, or of a number, which is treated as a matrix of one row. */
function vectorFactors({ gradient, scale, moments, step }: Update): Factors {
  const { second } = moments as Record<'second', Float32Array>;
  const keep = keptAt(step);
  second.forEach((before, i) => {
    const g = (gradient[i] as number) * scale;
    second[i] = keep * before + (1 - keep) * (g * g + EPSILON);
  });
  return {
    rows: Float64Array.of(1),
    columns: Float64Array.from(second, inverseRoot),
    rowsOfMatrix: 1,
    width: second.length,
  };
}

function sumOfSquares(gradient: Float32Array, { rows, columns, rowsOfMatrix, width }: Factors): number {
  let sum = 0;
  for (let r = 0; r < rows.length; r++) {
    const firstColumn = Math.floor(r / rowsOfMatrix) * width;
    let ofRow = 0;
    for (let c = 0; c < width; c++) {
      const u = (columns[firstColumn + c] as number) * (gradient[r * width + c] as number);
      ofRow += u * u;
    }
    sum += ofRow * (rows[r] as number) ** 2;
  }
  return sum;
}

const inverseRoot = (value: number): number => 1 / Math.sqrt(value);
