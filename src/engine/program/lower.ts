import type { Dimension, OnnxModel, ValueInfo } from '../../onnx/model.js';
import type { Value } from '../graph.js';
import { argumentsFirst } from './arguments-first.js';
import { GraphBuilder } from './graph-builder.js';
import { placeNodes } from './place-nodes.js';
import { placeOutputs } from './place-outputs.js';
import type { Program, TensorSpec } from './program.js';
import { type Output, tile } from './tile.js';
import { type NamingOptions, ValueNames } from './value-names.js';

/** LayerNormalization exists since 17, reductions with axes as an input since 18. Every current runtime reads 18. */
const OPSET = 18;
const IR_VERSION = 8;

export interface Lowering extends Partial<NamingOptions> {
  readonly isInput: NamingOptions['isInput'];
  readonly name?: string;
  /** Elements of the tiles into which row-wise chains over large tensors are cut; 0 (the default) turns tiling off. */
  readonly tileElements?: number;
  /**
   * Shapes with names of the tensors that nodes make; undefined if unknown. ONNX Runtime finds fewer by itself. Each that it
   * has lets it use memory again, and spares it a search that takes time in the square of the number of nodes.
   */
  readonly dimensionsInside?: ((tensor: TensorSpec) => readonly Dimension[] | undefined) | undefined;
}

/**
 * The ONNX graph that computes the given values. It has only the nodes that they need. Equal constants are stored once,
 * and so are equal nodes with equal inputs. A tensor filled with one number is stored as that number.
 */
export function lower(asked: readonly Value[], lowering: Lowering): Program {
  const { isInput, name = 'program', dimensionsOf = (value) => value.shape, tileElements = 0 } = lowering;
  const isTiled = tileElements > 0;
  const parts = isTiled
    ? tile(asked, { isInput, tileElements })
    : asked.map((value): Output => [{ value, begin: 0 }]);
  const graph = new GraphBuilder();
  const names = new ValueNames(graph, { isInput, dimensionsOf });
  placeNodes(parts, graph, names, isTiled);
  const { info, outputs } = placeOutputs(asked, parts, graph, names, dimensionsOf);

  const { nodes, initializers, recorded, made } = graph;
  const valueInfo = insideInfo(graph, info, lowering);
  const model: OnnxModel = {
    graph: {
      name,
      nodes,
      inputs: argumentsFirst(names.inputInfo),
      outputs: info,
      initializers,
      ...(valueInfo.length > 0 && { valueInfo }),
    },
    opset: OPSET,
    irVersion: IR_VERSION,
    producer: 'sparse-encoder',
    metadata: {},
  };
  const fixedShapes = info.every(({ dims }) => dims.every((dim) => typeof dim === 'number'));
  return { model, inputs: names.inputs, outputs, fixedShapes, nodes: recorded, made };
}

/** The tensors between inputs and outputs whose shapes are known. */
function insideInfo(
  { nodes, made }: GraphBuilder,
  outputs: readonly ValueInfo[],
  { dimensionsInside }: Lowering,
): ValueInfo[] {
  if (dimensionsInside === undefined) return [];
  const isOutput = new Set(outputs.map(({ name }) => name));
  return nodes
    .flatMap((node) => node.outputs)
    .flatMap((name) => {
      const tensor = made.get(name);
      const dims = tensor && dimensionsInside(tensor);
      return tensor === undefined || dims === undefined || isOutput.has(name)
        ? []
        : [{ name, type: tensor.type, dims }];
    });
}
