import type { AttributeProto, GraphProto, ModelProto, TensorProto } from './generated/onnx_pb.js';
import { isStandardDomain } from './operator-sets.js';
import { parseProtobuf } from './read.js';
import { type SizeFactor, sizeFactors } from './size-factors.js';

/** What ONNX Runtime would load and run for a model file. */
export interface ModelContents {
  /**
   * Names of operators, including those in subgraphs. Operators outside the standard domain appear as
   * `domain.Operator`.
   */
  readonly operators: ReadonlySet<string>;
  /** Paths of files with further weights. */
  readonly externalData: ReadonlySet<string>;
  /** Names of functions that the model defines. */
  readonly functions: readonly string[];
  /** How operators, including those in subgraphs, determine the sizes of their results. */
  readonly sizes: readonly SizeFactor[];
}

/**
 * Lists what is in a model file, without its weights.
 *
 * @throws InputError if the bytes are not an ONNX model
 */
export function inspectModel(bytes: Uint8Array, source: string): ModelContents {
  const model: ModelProto = parseProtobuf(bytes, source);
  const operators = new Set<string>();
  const externalData = new Set<string>();
  const sizes: SizeFactor[] = [];
  if (model.graph !== undefined) inspectGraph(model.graph, { operators, externalData, sizes });
  return { operators, externalData, functions: model.functions.map(({ name }) => name), sizes };
}

interface Found {
  readonly operators: Set<string>;
  readonly externalData: Set<string>;
  readonly sizes: SizeFactor[];
}

function inspectGraph(graph: GraphProto, found: Found): void {
  const { operators, externalData, sizes } = found;
  const note = (tensor: TensorProto | undefined): void => {
    for (const { key, value } of tensor?.externalData ?? []) if (key === 'location') externalData.add(value);
  };
  const noteAttribute = ({ t, tensors, g, graphs, sparseTensor, sparseTensors }: AttributeProto): void => {
    for (const tensor of [t, ...tensors]) note(tensor);
    for (const sparse of [sparseTensor, ...sparseTensors]) [sparse?.values, sparse?.indices].forEach(note);
    for (const inner of [g, ...graphs]) {
      if (inner !== undefined) inspectGraph(inner, found);
    }
  };
  sizes.push(...sizeFactors(graph));
  graph.initializer.forEach(note);
  for (const { values, indices } of graph.sparseInitializer) [values, indices].forEach(note);
  for (const { opType, domain, attribute } of graph.node) {
    operators.add(isStandardDomain(domain) ? opType : `${domain}.${opType}`);
    attribute.forEach(noteAttribute);
  }
}
