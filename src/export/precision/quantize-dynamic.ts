import { InputError } from '../../errors.js';
import type { OnnxModel } from '../../onnx/model.js';
import { GraphRewriter, requireNoSubgraphs, withoutConstantNodes } from './graph-rewriter.js';
import { type QuantizeOptions, resolveQuantizeOptions } from './quantize-options.js';
import { QuantizedGraph } from './quantized-graph.js';

/** Since then ReduceMax takes its axes as an input. */
const LEAST_OPSET = 18;

/**
 * The model with its weights in int8 and their products computed in whole numbers.
 */
export function quantizeDynamic(model: OnnxModel, options: Partial<QuantizeOptions> = {}): OnnxModel {
  const resolved = resolveQuantizeOptions(options);
  const { opset } = model;
  const graph = withoutConstantNodes(model.graph);
  if (opset < LEAST_OPSET) {
    throw new InputError(`"${graph.name}" has opset ${opset}; int8 needs at least ${LEAST_OPSET}`);
  }
  requireNoSubgraphs(graph, 'int8');
  const rewriter = new GraphRewriter(graph);
  if (new QuantizedGraph(graph, rewriter, resolved).rewrite() === 0) {
    throw new InputError(
      `int8 would change nothing in "${graph.name}": it has no MatMul or Gemm whose right side is a constant float32 matrix, and no Gather from a large one`,
    );
  }
  return { ...model, graph: rewriter.finish() };
}
