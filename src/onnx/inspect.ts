import type { AttributeProto, GraphProto, ModelProto, TensorProto } from './generated/onnx_pb.js';
import { isStandardDomain } from './operator-sets.js';
import { parseProtobuf } from './read.js';

/** What a model file would have ONNX Runtime do. */
export interface ModelContents {
  /** Names of operators, subgraphs included; those of other domains than the standard one as `domain.Operator`. */
  readonly operators: ReadonlySet<string>;
  /** Places of files with further weights. */
  readonly externalData: ReadonlySet<string>;
  /** Names of functions that the model defines itself. */
  readonly functions: readonly string[];
}

/**
 * Lists what is in a model file, without its weights.
 *
 * @throws InputError for bytes that are not an ONNX model
 */
export function inspectModel(bytes: Uint8Array, source: string): ModelContents {
  const model: ModelProto = parseProtobuf(bytes, source);
  const operators = new Set<string>();
  const externalData = new Set<string>();
  if (model.graph !== undefined) inspectGraph(model.graph, operators, externalData);
  return { operators, externalData, functions: model.functions.map(({ name }) => name) };
}

function inspectGraph(graph: GraphProto, operators: Set<string>, externalData: Set<string>): void {
  const note = (tensor: TensorProto | undefined): void => {
    for (const { key, value } of tensor?.externalData ?? []) if (key === 'location') externalData.add(value);
  };
  const noteAttribute = ({ t, tensors, g, graphs, sparseTensor, sparseTensors }: AttributeProto): void => {
    for (const tensor of [t, ...tensors]) note(tensor);
    for (const sparse of [sparseTensor, ...sparseTensors]) [sparse?.values, sparse?.indices].forEach(note);
    for (const inner of [g, ...graphs]) {
      if (inner !== undefined) inspectGraph(inner, operators, externalData);
    }
  };
  graph.initializer.forEach(note);
  for (const { values, indices } of graph.sparseInitializer) [values, indices].forEach(note);
  for (const { opType, domain, attribute } of graph.node) {
    operators.add(isStandardDomain(domain) ? opType : `${domain}.${opType}`);
    attribute.forEach(noteAttribute);
  }
}
