import type { Dimension, ValueInfo } from '../../onnx/model.js';
import type { Value } from '../graph.js';
import type { GraphBuilder } from './graph-builder.js';
import type { ProgramOutput } from './program.js';
import type { Output } from './tile.js';
import type { ValueNames } from './value-names.js';

export interface PlacedOutputs {
  /** The outputs of the graph. */
  readonly info: readonly ValueInfo[];
  /** The outputs of the program, in terms of the outputs of the graph. */
  readonly outputs: readonly ProgramOutput[];
}

/** Makes the requested values outputs of the graph. Their nodes are already in the graph. */
export function placeOutputs(
  asked: readonly Value[],
  outputs: readonly Output[],
  graph: GraphBuilder,
  names: ValueNames,
  dimensionsOf: (value: Value) => readonly Dimension[],
): PlacedOutputs {
  const info = new Map<string, ValueInfo>();
  const placed = outputs.map((parts, index): ProgramOutput => {
    const { type, shape } = asked[index] as Value;
    const isWhole = parts.length === 1;
    return {
      type,
      shape,
      parts: parts.map(({ value, begin }) => {
        const name = isWhole ? wholeName(value) : partName(value);
        info.set(name, { name, type, dims: isWhole ? dimensionsOf(value) : value.shape });
        return { name, begin };
      }),
    };
  });
  return { info: [...info.values()], outputs: placed };

  /** An output of the graph must come from a node. */
  function wholeName(value: Value): string {
    const name = names.of(value);
    return graph.made.has(name) ? name : copied(name, value, '');
  }

  /** Equal parts of an output need different names. */
  function partName(value: Value): string {
    const name = names.of(value);
    return graph.made.has(name) && !info.has(name) ? name : copied(name, value, String(info.size));
  }

  function copied(name: string, value: Value, salt: string): string {
    return graph.place({ op: 'Identity', inputs: [name], outputs: [value], salt })[0] as string;
  }
}
