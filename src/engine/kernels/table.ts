import { BINARY } from './binary.js';
import { GATHER } from './gather.js';
import type { Kernel } from './kernel.js';
import { LAYOUT } from './layout.js';
import { NORMALIZATION } from './normalization.js';
import { SCATTER } from './scatter.js';
import { SLICING } from './slicing.js';
import { SPACE } from './space.js';
import { UNARY } from './unary.js';

/** Every tfjs kernel of the onnx engine. */
export const KERNELS: Readonly<Record<string, Kernel>> = {
  ...UNARY,
  ...BINARY,
  ...LAYOUT,
  ...SLICING,
  ...SPACE,
  ...GATHER,
  ...SCATTER,
  ...NORMALIZATION,
};
