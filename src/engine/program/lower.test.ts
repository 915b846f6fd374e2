import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setWarningHandler } from '../../index.js';
import type { OnnxGraph, OnnxNode, OnnxTensor } from '../../onnx/model.js';
import { decodeModel } from '../../onnx/read.js';
import { enginePrograms, recorded } from '../../testing/engine-programs.js';
import { setEngine } from '../set-engine.js';
import { attributeKey, bitsOf } from './attribute-key.js';

/** The entries that occur more than once in a list. */
function repeated(keys: readonly string[]): string[] {
  return keys.filter((key, at) => keys.indexOf(key) !== at);
}

function nodeKeys({ nodes }: OnnxGraph): string[] {
  return nodes.map(({ op, inputs, attributes }) => `${op}(${inputs.join()})${attributeKey(attributes)}`);
}

function tensorKey({ type, dims, data }: OnnxTensor): string {
  return `${type}[${dims.join()}]${bitsOf(data)}`;
}

/** Names that a node uses, including names that the graph of a loop takes from the outer graph. */
function namesUsed({ inputs, outputs, attributes }: OnnxNode): string[] {
  const inside = Object.values(attributes).flatMap((attribute) =>
    'graph' in attribute
      ? [...attribute.graph.nodes.flatMap(namesUsed), ...attribute.graph.outputs.map(({ name }) => name)]
      : [],
  );
  return [...inputs, ...outputs, ...inside];
}

/** Nodes whose results nothing uses. */
function deadNodes({ nodes, outputs }: OnnxGraph): string[] {
  const used = new Set(outputs.map(({ name }) => name));
  return nodes.toReversed().flatMap((node) => {
    if (!node.outputs.some((name) => used.has(name))) return [node.name ?? node.op];
    for (const name of namesUsed(node)) used.add(name);
    return [];
  });
}

function unusedInitializers({ nodes, initializers }: OnnxGraph): string[] {
  const used = new Set(nodes.flatMap(namesUsed));
  return initializers.map(({ name }) => name).filter((name) => !used.has(name));
}

function isLongFill({ data }: OnnxTensor): boolean {
  return data.length > 64 && [...data].every((element) => Object.is(element, data[0]));
}

/** The largest difference, relative to the largest number of each tensor. */
function distance(found: readonly number[][], expected: readonly number[][]): number {
  const apart = expected.flatMap((values, at) => {
    const scale = Math.max(0.01, ...values.map(Math.abs));
    return values.map((value, index) => Math.abs(value - (found[at]?.[index] ?? NaN)) / scale);
  });
  return Math.max(...apart);
}

let previous: ReturnType<typeof setWarningHandler>;
const programs = enginePrograms();

beforeAll(async () => {
  previous = setWarningHandler(() => undefined);
  await setEngine('onnx', { threads: 1 });
});
afterAll(async () => {
  setWarningHandler(previous);
  await setEngine('onnx', {});
});

describe('the ONNX model of a program', () => {
  it.each(programs.map((program) => [program.name, program] as const))(
    'has nothing twice and nothing unused: %s',
    async (_, program) => {
      const fixed = await recorded(program);
      const general = program.dimensions.length === 0 ? [] : [await recorded(program, program.dimensions)];
      for (const { model } of [fixed, ...general]) {
        const { graph, opset } = decodeModel(model);
        const tensors = graph.initializers.map(({ tensor }) => tensor);
        expect(opset).toBe(18);
        expect(graph.nodes.length).toBeGreaterThan(2);
        expect({
          nodes: repeated(nodeKeys(graph)),
          constants: repeated(tensors.map(tensorKey)),
          dead: deadNodes(graph),
          unused: unusedInitializers(graph),
          fills: tensors.filter(isLongFill).length,
        }).toEqual({ nodes: [], constants: [], dead: [], unused: [], fills: 0 });
      }
    },
  );

  it.each(programs.filter(({ dimensions }) => dimensions.length > 0).map((one) => [one.name, one] as const))(
    'computes with named dimensions what it computes with fixed ones: %s',
    async (_, program) => {
      const general = await recorded(program, program.dimensions);
      const fixed = await recorded(program);
      expect(distance(general.values, fixed.values)).toBeLessThan(1e-5);
      const { graph } = decodeModel(general.model);
      const dims = graph.inputs.map((input) =>
        input.dims.map((dim) => (typeof dim === 'string' ? dim : null)),
      );
      // Numbers and variables, whose sizes never change, follow the arguments.
      const settings = dims.slice(program.dimensions.length);
      expect(dims.slice(0, program.dimensions.length)).toEqual(program.dimensions);
      expect(settings.flat().filter((dim) => dim !== null)).toEqual([]);
    },
  );
});
