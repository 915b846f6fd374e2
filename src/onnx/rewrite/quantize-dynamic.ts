import { InputError } from '../../errors.js';
import type { OnnxModel } from '../model.js';
import { GraphRewriter, requireNoSubgraphs, withoutConstantNodes } from './graph-rewriter.js';
import { type QuantizeOptions, resolveQuantizeOptions } from './quantize-options.js';
import { QuantizedGraph } from './quantized-graph.js';

/** From this version on, ReduceMax takes its axes as an input. */
const LEAST_OPSET = 18;

/**
 * The model with its weights in int8 and their products computed in integers. There is a scale for each output of a
 * product and for each token; if only the maxima of a product over the tokens are read, there is a scale for each text
 * instead. Tables are stored in int8 with a scale for each row, and only once even if products read them, too.
 * Everything except MatMul, Gemm and Gather with a constant float32 matrix stays unchanged. Apart from float32
 * rounding, the result does not depend on other texts of the batch, and with 7-bit weights not on the kind of
 * processor.
 *
 * On SPLADE of the size of MiniLM, trained on WordNet (500 queries, 5,000 documents), beside float32 with nDCG@10 0.344, in
 * processor time (AVX-512 VNNI and AMX); the last two with ONNX Runtime's own way, DynamicQuantizeLinear:
 *
 *                                        nDCG@10    top 10 shared    speed
 *     scales by token, 7 bits            -0.001     0.909            2.5
 *     scales by token, 8 bits            +0.003     0.923            2.5
 *     a scale for a batch, 7 bits        +0.002     0.868            3.2
 *     a scale for a batch, 8 bits        +0.003     0.872            3.2
 *
 * Unsigned codes on both sides never overflow either, but are no faster than float32.
 *
 * @throws InputError for a model of an older operator set, with nodes that contain graphs, or without such a matrix
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
