import { tf } from '../tf.js';
import { hostInput } from './host-scalar.js';
import type { RandomPart } from './mini-batch-loop.js';

/** The tfjs kernel that draws masks. The onnx engine has its own; every other backend gets the one below. */
export const DROPOUT_MASK = 'DropoutMask';

export interface DropoutMaskAttrs {
  readonly shape: readonly number[];
  /** The number of masks drawn since the one that the seed is for. */
  readonly offset: number;
  /** An element is dropped if its 32 random bits are below this number. */
  readonly threshold: number;
  /** The value of the kernel's input `seed`, for backends that would have to wait for it. */
  readonly seed: number;
}

/** Multipliers and shifts of a mixer of 32 bits with little bias (C. Wellons, Prospecting for hash functions, 2018). */
export const MIX = { shifts: [16, 15, 15], factors: [0x21f0aaad, 0xd35a2d97] } as const;
/** 2^32 / golden ratio, which is odd, so the keys of 2^32 consecutive masks differ. */
const DRAW_STEP = 0x9e3779b9;
/** Also odd. It keeps the masks of parts far from the masks of other draws. */
const PART_STEP = 0x2545f491;
/** Makes the key of the columns differ from the key of the rows. */
export const COLUMN_KEY = 0x5bd1e995;

/** What to add to the seed for a mask that is drawn this many draws later. */
export const seedOffset = (draws: number): number => Math.imul(draws, DRAW_STEP) >>> 0;

/** The seed of the mask after this many draws, as int32. */
export const drawSeed = (seed: number, draws: number): number => (seed + seedOffset(draws + 1)) | 0;

/** A tensor seen as rows of its last axis. */
export function rowsAndColumns(shape: readonly number[]): [rows: number, columns: number] {
  const columns = shape.at(-1) ?? 1;
  return [shape.slice(0, -1).reduce((product, size) => product * size, 1), columns];
}

/** Identifies the mask to draw. */
export interface Draw {
  /** Seed of the first mask of a run; see `drawSeed`. */
  readonly seed: () => number;
  /** How many masks of the run come before this one. */
  readonly offset: number;
  /** The same object for all masks of a run that take their seed from here. */
  readonly of: object;
  /** The part that the mask is for, if a batch is embedded in parts. */
  readonly part?: RandomPart | undefined;
}

/**
 * The elements to keep, as a bool tensor. It depends only on the seed, the number of masks before it and the element's
 * row and column, so every engine draws the same mask. The seed is an input of a recorded program, so each call of the
 * program draws new masks. With arithmetic modulo 2^32,
 *
 *     key = mix(seed + offset of the mask)
 *     bits = last steps of mix(mix(row + key) xor mix(column + mix(key xor constant)))
 *
 * Rows and columns are mixed once each. Only the last steps are computed per element.
 */
export function dropoutMask(
  shape: readonly number[],
  rate: number,
  { seed, offset, of, part }: Draw,
): tf.Tensor {
  const backend = tf.getBackend();
  if (tf.getKernel(DROPOUT_MASK, backend) === undefined) registerMask(backend);
  const number = (seed() + Math.imul(part?.number ?? 0, PART_STEP)) | 0;
  const attributes = { shape, offset, threshold: Math.round(rate * 2 ** 32), seed: number };
  return tf.tidy(() => {
    const own = hostInput({ read: seed, dtype: 'int32', of });
    const step = tf.scalar(PART_STEP, 'int32');
    const shifted = part === undefined ? own : own.add(part.tensor.mul(step));
    return tf.engine().runKernel(DROPOUT_MASK, { seed: shifted }, attributes);
  });
}

function registerMask(backendName: string): void {
  tf.registerKernel({
    kernelName: DROPOUT_MASK,
    backendName,
    kernelFunc: ({ attrs, backend }) => {
      const { shape, ...draw } = attrs as unknown as DropoutMaskAttrs;
      const dataId = (backend as tf.KernelBackend).write(kept(shape, draw), [...shape], 'bool');
      return { dataId, shape: [...shape], dtype: 'bool' };
    },
  });
}

function kept(
  shape: readonly number[],
  { seed, offset, threshold }: Omit<DropoutMaskAttrs, 'shape'>,
): Uint8Array {
  const [rows, columns] = rowsAndColumns(shape);
  const key = mix(seed + seedOffset(offset));
  const columnKey = mix(key ^ COLUMN_KEY);
  const columnBits = Uint32Array.from({ length: columns }, (_, column) => mix(column + columnKey));
  const mask = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const rowBits = mix(row + key);
    for (let column = 0; column < columns; column++) {
      let bits = Math.imul(rowBits ^ (columnBits[column] as number), MIX.factors[0]);
      bits = Math.imul(bits ^ (bits >>> MIX.shifts[1]), MIX.factors[1]) >>> 0;
      mask[row * columns + column] = Number(bits >= threshold);
    }
  }
  return mask;
}

/** 32 bits, each of which depends on every bit of the number. */
export function mix(number: number): number {
  let bits = number >>> 0;
  bits = Math.imul(bits ^ (bits >>> MIX.shifts[0]), MIX.factors[0]);
  bits = Math.imul(bits ^ (bits >>> MIX.shifts[1]), MIX.factors[1]);
  return (bits ^ (bits >>> MIX.shifts[2])) >>> 0;
}
