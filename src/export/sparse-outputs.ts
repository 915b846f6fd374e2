import { OUTPUTS } from '../encoder/exported/onnx-names.js';
import type { OnnxGraph, OnnxNode, ValueInfo } from '../onnx/model.js';
import { GraphExtension } from '../onnx/rewrite/edit-graph.js';

const INT64 = 7;

/**
 * Replaces the embeddings of a graph by their entries other than 0: `indices` and `values`, row by row with ascending
 * indices, and `offsets`. The entries of row i are at offsets[i] to offsets[i + 1].
 */
export function withSparseOutputs(graph: OnnxGraph): OnnxGraph {
  const more = new GraphExtension('sparse_');
  const dense = OUTPUTS.dense;
  const places = more.add('NonZero', [dense]);
  more.add('Gather', [places, more.int64s([1], [])], { axis: { int: 0 } }, OUTPUTS.indices);
  const pairs = more.add('Transpose', [places], { perm: { ints: [1, 0] } });
  more.add('GatherND', [dense, pairs], {}, OUTPUTS.values);

  const zero = more.constant({ type: 'float32', dims: [], data: Float32Array.of(0) });
  const isActive = more.add('Not', [more.add('Equal', [dense, zero])]);
  const ones = more.add('Cast', [isActive], { to: { int: INT64 } });
  const counts = more.add('ReduceSum', [ones, more.int64s([1])], { keepdims: { int: 0 } });
  const ends = more.add('CumSum', [counts, more.int64s([0], [])]);
  more.add('Concat', [more.int64s([0]), ends], { axis: { int: 0 } }, OUTPUTS.offsets);

  const outputs: ValueInfo[] = [
    { name: OUTPUTS.indices, type: 'int64', dims: ['entries'] },
    { name: OUTPUTS.values, type: 'float32', dims: ['entries'] },
    { name: OUTPUTS.offsets, type: 'int64', dims: ['batch_size + 1'] },
  ];
  return extended(graph, more, outputs);
}

/**
 * Keeps only the `count` largest values by absolute value in the embeddings of a graph; of equal values those with the
 * lowest indices.
 *
 * @param dimensions the number of dimensions of an embedding
 */
export function withMaxActiveDims(graph: OnnxGraph, count: number, dimensions: number): OnnxGraph {
  if (count >= dimensions) return graph;
  const more = new GraphExtension('top_');
  const all = 'all_dimensions';
  const magnitudes = more.add('Abs', [all]);
  const topK: OnnxNode = {
    op: 'TopK',
    name: 'top_k',
    inputs: [magnitudes, more.int64s([count])],
    outputs: ['top_magnitudes', 'top_places'],
    attributes: { axis: { int: 1 } },
  };
  more.nodes.push(topK);
  const values = more.add('GatherElements', [all, 'top_places'], { axis: { int: 1 } });
  const zeros = more.add('ConstantOfShape', [more.add('Shape', [all])]);
  more.add('ScatterElements', [zeros, 'top_places', values], { axis: { int: 1 } }, OUTPUTS.dense);
  return extended(withProducer(graph, all), more, graph.outputs);
}

/** Renames the embeddings that the graph makes. */
function withProducer(graph: OnnxGraph, name: string): OnnxGraph {
  const rename = (each: string): string => (each === OUTPUTS.dense ? name : each);
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    })),
  };
}

function extended(graph: OnnxGraph, more: GraphExtension, outputs: readonly ValueInfo[]): OnnxGraph {
  return {
    ...graph,
    nodes: [...graph.nodes, ...more.nodes],
    initializers: [...graph.initializers, ...more.initializers],
    outputs,
  };
}
