import { BINARY } from './binary.js';
import type { Kernel } from './kernel.js';
import { UNARY } from './unary.js';

/** Every tfjs kernel of the onnx engine. */
export const KERNELS: Readonly<Record<string, Kernel>> = { ...UNARY, ...BINARY };
