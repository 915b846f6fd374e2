import { UsageError } from '../../errors.js';
import type { OnnxNode } from '../../onnx/model.js';
import { describeOrigin } from '../origin.js';
import { attributeKey, bitsOf } from '../program/attribute-key.js';
import type { Program } from '../program/program.js';

/** @throws UsageError if recording a function again gives another program although none of its noted state changed */
export function requireSameProgram(name: string, known: Program, again: Program): void {
  const [before, after] = [describe(known), describe(again)];
  const length = Math.max(before.length, after.length);
  for (let index = 0; index < length; index++) {
    if (before[index]?.text === after[index]?.text) continue;
    const where = after[index]?.where ?? before[index]?.where;
    throw new UsageError(
      `${name} would now record a different program from the one it runs${where === undefined ? '' : `, first at ${where}`}. ` +
        'It depends on something that compile cannot see: a closed-over variable, a private field (#name), or its own ' +
        'random numbers. Make it an argument, a public field, or a number that hostScalar reads',
    );
  }
}

interface Part {
  readonly text: string;
  readonly where: string | undefined;
}

/**
 * Describes every node with its operands. Constants and captured tensors appear by their elements, inputs in order of
 * use.
 */
function describe({ model, nodes, inputs }: Program): Part[] {
  const { graph } = model;
  const texts = new Map<string, string>();
  for (const { name, tensor } of graph.initializers) {
    texts.set(name, `${tensor.type}[${tensor.dims.join()}]${bitsOf(tensor.data)}`);
  }
  for (const [name, { source }] of inputs) {
    if (source.kind === 'data') texts.set(name, bitsOf(source.elements));
  }
  let unnamed = 0;
  const textOf = (name: string): string => {
    let text = texts.get(name);
    if (text === undefined) texts.set(name, (text = `value ${unnamed++}`));
    return text;
  };
  const partOf = ({ op, name = '', inputs: operands, outputs, attributes }: OnnxNode): Part => {
    const origin = nodes.get(name)?.origin;
    return {
      text: `${op}(${operands.map(textOf).join()})${attributeKey(attributes)}${outputs.map(textOf).join()}`,
      where: origin && describeOrigin(origin),
    };
  };
  const results = graph.outputs.map(({ name }) => ({ text: textOf(name), where: undefined }));
  return [...graph.nodes.map(partOf), ...results];
}
