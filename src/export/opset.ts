import { UsageError } from '../errors.js';
import type { OnnxModel, OnnxNode } from '../onnx/model.js';
import { OPSETS } from './formats.js';

/** The IR version of each operator set; https://onnx.ai/onnx/repo-docs/Versioning.html */
const IR_VERSIONS: Readonly<Record<number, number>> = { 17: 8, 18: 8, 19: 9, 20: 9, 21: 10, 22: 10, 23: 11 };

/** Reductions whose axes are an attribute before operator set 18, and an input since then. */
const AXES_ATTRIBUTE = new Set(['ReduceMax', 'ReduceMin', 'ReduceMean', 'ReduceProd', 'ReduceL2']);

/** Operators whose reductions max and min do not exist before operator set 18. */
const SCATTERS = new Set(['ScatterElements', 'ScatterND']);

function reduction({ attributes: { reduction: found } }: OnnxNode): string {
  return found !== undefined && 'string' in found ? found.string : 'none';
}

/**
 * Converts a recorded model to another version of the standard operator set.
 *
 * @throws UsageError if the version is not in `OPSETS`, or lacks an operator of the model
 */
export function atOpset(model: OnnxModel, opset: number): OnnxModel {
  const irVersion = IR_VERSIONS[opset];
  if (irVersion === undefined) {
    throw new UsageError(
      `opset is ${opset}; expected a whole number from ${OPSETS.oldest} to ${OPSETS.newest}, of which ${OPSETS.default} is the default`,
    );
  }
  const versioned = { ...model, opset, irVersion };
  return opset >= 18 ? versioned : withAxesAttributes(versioned);
}

function withAxesAttributes(model: OnnxModel): OnnxModel {
  const { graph, opset } = model;
  const constants = new Map(graph.initializers.map(({ name, tensor }) => [name, tensor]));
  const nodes = graph.nodes.map((node): OnnxNode => {
    if (SCATTERS.has(node.op) && ['max', 'min'].includes(reduction(node))) {
      throw new UsageError(
        `the node ${node.name ?? node.op} is a ${node.op} with reduction "${reduction(node)}", which opset ${opset} does not have; expected opset 18 or later`,
      );
    }
    const [data = '', axes] = node.inputs;
    if (!AXES_ATTRIBUTE.has(node.op) || axes === undefined) return node;
    const found = constants.get(axes);
    if (found === undefined) {
      throw new UsageError(
        `the node ${node.name ?? node.op} is a ${node.op} whose axes are computed, which opset ${opset} does not have; expected opset 18 or later`,
      );
    }
    const ints = Array.from(found.data as BigInt64Array, Number);
    return { ...node, inputs: [data], attributes: { ...node.attributes, axes: { ints } } };
  });
  return { ...model, graph: { ...graph, nodes } };
}
