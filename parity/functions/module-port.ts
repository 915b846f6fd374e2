import type { tf } from '../../src/tf.js';
import type { FunctionResult } from './define.js';

/** A module with weights, as `ours` of a target whose reference has `construct`. */
export interface ModulePort {
  readonly kind: 'module';
  /** For each of our weights the reference's name, and whether ours is its transpose. */
  readonly weights: Readonly<Record<string, string | { readonly from: string; readonly transpose: true }>>;
  readonly forward: (
    inputs: never,
    weights: Readonly<Record<string, tf.Tensor>>,
    watch: <T extends tf.Tensor>(layer: string, result: T) => T,
  ) => FunctionResult;
}

/**
 * A module with weights. The reference's weights are copied over by the map of names. `forward` passes intermediate
 * results through `watch(LAYER, result)` with the reference's names of layers (those of `named_modules()`), so that the
 * first layer that differs can be named. It receives the inputs, the weights and `watch`, and returns tensors.
 *
 * @example
 *   ours: modulePort({
 *     weights: { kernel: { from: 'linear.weight', transpose: true }, bias: 'linear.bias' },
 *     forward: ({ x }: { x: tf.Tensor2D }, { kernel, bias }, watch) => watch('linear', x.matMul(kernel).add(bias)),
 *   });
 */
export function modulePort<const Weights extends ModulePort['weights']>(port: {
  readonly weights: Weights;
  readonly forward: (
    inputs: never,
    weights: { readonly [Name in keyof Weights]: tf.Tensor },
    watch: <T extends tf.Tensor>(layer: string, result: T) => T,
  ) => FunctionResult;
}): ModulePort {
  return { kind: 'module', ...port } as unknown as ModulePort;
}
