import type { Value } from '../graph.js';

/**
 * Throws if one of the rows [..., dims.length] of coordinates is outside a tensor of shape `dims`. It checks only
 * coordinates that are known before the program runs. For computed ones, ONNX Runtime refuses a coordinate that is too
 * great and counts a negative one from the end.
 */
export function requireWithin(kernel: string, { source }: Value, dims: readonly number[]): void {
  if (source.kind !== 'data' && source.kind !== 'constant') return;
  source.elements.forEach((index: number | bigint, at: number) => {
    const dim = dims[at % dims.length] as number;
    if (index < 0 || index >= dim) {
      throw new RangeError(`${kernel}: the index value ${index} is not in [0, ${dim - 1}]`);
    }
  });
}
