import type { OnnxModel, ValueInfo } from '../../../src/onnx/model.js';
import type { FileCase } from './spec.js';

/** A chain of additions, of every weight in turn; as `build_model` in reference.py. */
export function fileModel({ nodes, weights, dims }: FileCase): OnnxModel {
  const value = (name: string): ValueInfo => ({ name, type: 'float32', dims });
  return {
    graph: {
      name: 'chain',
      nodes: Array.from({ length: nodes }, (_, i) => ({
        op: 'Add',
        name: `add_${i}`,
        inputs: [`value_${i}`, `weight_${i % weights}`],
        outputs: [`value_${i + 1}`],
        attributes: {},
      })),
      inputs: [value('value_0')],
      outputs: [value(`value_${nodes}`)],
      // No value is 0: pages of zeros would not be in memory.
      initializers: Array.from({ length: weights }, (_, i) => ({
        name: `weight_${i}`,
        tensor: { type: 'float32', dims, data: new Float32Array(dims[0] * dims[1]).fill(i + 1) },
      })),
    },
    opset: 21,
    irVersion: 10,
    producer: 'benchmark',
    metadata: {},
  };
}
