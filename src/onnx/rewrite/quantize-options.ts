import { aFunction, flag, type OptionRules, resolveOptions } from '../../options.js';

/** A product of a value that depends on the input with a constant matrix [inputWidth, outputWidth]. */
export interface ConstantProduct {
  /** The name of its result. */
  readonly output: string;
  readonly inputWidth: number;
  readonly outputWidth: number;
}

export interface QuantizeOptions {
  /**
   * Bits of a weight, including its sign: codes up to 64 or 127. Default 7. On x86 processors without VNNI, ONNX
   * Runtime adds two products in 16 bits and saturates. 255 x 127 x 2 exceeds 16 bits and 255 x 64 x 2 does not, so
   * models with 8-bit weights give different embeddings there.
   */
  readonly weightBits: 7 | 8;
  /** Which products stay in float32. Default: none, since quantizing all costs less than the error of measuring it. */
  readonly keepFloat32: (product: ConstantProduct) => boolean;
  /** Whether tables from which rows are gathered are quantized too. Default true. */
  readonly tables: boolean;
}

const RULES: OptionRules<QuantizeOptions> = {
  weightBits: { default: 7, expects: '7 or 8', accepts: (value) => value === 7 || value === 8 },
  keepFloat32: aFunction('a function of a product', () => false),
  tables: flag(true),
};

/** @throws OptionError */
export function resolveQuantizeOptions(options: Partial<QuantizeOptions>): QuantizeOptions {
  return resolveOptions('quantizeDynamic', RULES, options);
}
