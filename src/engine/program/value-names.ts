import type { Dimension, ValueInfo } from '../../onnx/model.js';
import type { Value } from '../graph.js';
import { int64s, scalar } from '../ops/constants.js';
import type { GraphBuilder } from './graph-builder.js';

export interface NamingOptions {
  /** Whether a value with elements is an input of the program. Otherwise its elements are part of the program. */
  readonly isInput: (value: Value) => boolean;
  /** Shapes of inputs and outputs, with names for dimensions that are known only at run time. */
  readonly dimensionsOf: (value: Value) => readonly Dimension[];
}

/**
 * The names of a program's values in its graph. A value that no node makes becomes an input or a constant of the graph
 * when its name is first needed.
 */
export class ValueNames {
  /** The inputs of the graph, in the order in which they occur. */
  readonly inputs = new Map<string, Value>();
  readonly inputInfo: ValueInfo[] = [];
  readonly #names = new Map<Value, string>();
  readonly #graph: GraphBuilder;
  readonly #options: NamingOptions;

  constructor(graph: GraphBuilder, options: NamingOptions) {
    this.#graph = graph;
    this.#options = options;
  }

  of(value: Value): string {
    let name = this.#names.get(value);
    if (name === undefined) {
      name = this.#leaf(value);
      this.#names.set(value, name);
    }
    return name;
  }

  /** The names of a node's inputs; '' for an input that is not given. */
  ofInputs(values: readonly (Value | undefined)[]): string[] {
    return values.map((value) => (value === undefined ? '' : this.of(value)));
  }

  /** Names the outputs of a node. */
  give(values: readonly Value[], names: readonly string[]): void {
    values.forEach((value, index) => this.#names.set(value, names[index] as string));
  }

  #leaf(value: Value): string {
    const { source, type, shape } = value;
    const { isInput, dimensionsOf } = this.#options;
    if (source.kind === 'node') throw new RangeError('a node was used before it was placed');
    if (source.kind === 'rows') {
      return this.#input(`${this.#inputName(source.of)}_rows_${source.begin}_${source.phase}`, value, shape);
    }
    if (source.kind === 'placeholder' || (source.kind === 'data' && isInput(value))) {
      return this.#input(this.#inputName(value), value, dimensionsOf(value));
    }
    if (value.fill !== undefined && value.size > 1) return this.#fill(value, value.fill);
    return this.#graph.constant({ type, dims: shape, data: source.elements });
  }

  #inputName({ source }: Value): string {
    return source.kind === 'placeholder' ? source.name : `input_${this.inputs.size}`;
  }

  #input(name: string, value: Value, dims: readonly Dimension[]): string {
    this.inputs.set(name, value);
    this.inputInfo.push({ name, type: value.type, dims });
    return name;
  }

  /** A tensor filled with one number is stored as that number. */
  #fill(value: Value, number: number): string {
    const inputs = this.ofInputs([scalar(number, value.type), int64s(value.shape)]);
    return this.#graph.place({ op: 'Expand', inputs, outputs: [value] })[0] as string;
  }
}
