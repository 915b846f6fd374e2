import { BINARY } from './binary.js';
import { CONVOLUTION } from './convolution.js';
import { COUNTING } from './counting.js';
import { CREATION } from './creation.js';
import { DROPOUT } from './dropout.js';
import { GATHER } from './gather.js';
import { HOST } from './host-scalar.js';
import type { Kernel } from './kernel.js';
import { LAYOUT } from './layout.js';
import { MATMUL } from './matmul.js';
import { HEAD } from './max-logits.js';
import { NORMALIZATION } from './normalization.js';
import { PACKED_HEAD } from './packed-max-logits.js';
import { POOLING } from './pooling.js';
import { RANDOM } from './random.js';
import { REDUCTION } from './reduction.js';
import { SCATTER } from './scatter.js';
import { SLICING } from './slicing.js';
import { SOFTMAX } from './softmax.js';
import { SPACE } from './space.js';
import { UNARY } from './unary.js';

/** Every kernel of the onnx engine: kernels of tfjs, and kernels for the ops of this package that have one. */
export const KERNELS: Readonly<Record<string, Kernel>> = {
  ...UNARY,
  ...BINARY,
  ...REDUCTION,
  ...SOFTMAX,
  ...MATMUL,
  ...CREATION,
  ...COUNTING,
  ...RANDOM,
  ...DROPOUT,
  ...HOST,
  ...LAYOUT,
  ...SLICING,
  ...SPACE,
  ...GATHER,
  ...SCATTER,
  ...NORMALIZATION,
  ...CONVOLUTION,
  ...POOLING,
  ...HEAD,
  ...PACKED_HEAD,
};
