import type { Attributes, Initializer, OnnxNode, OnnxTensor } from '../../onnx/model.js';
import type { Node } from '../graph.js';
import { attributeKey, bitsOf } from './attribute-key.js';
import type { TensorSpec } from './program.js';

/** Larger constants are weights: comparing them costs more than a copy would. */
const MAX_COMPARED = 2 ** 14;

/** A node to add to the graph. */
export interface Placement {
  readonly op: string;
  readonly attributes?: Attributes;
  readonly inputs: readonly string[];
  readonly outputs: readonly TensorSpec[];
  /** The recorded node that it computes; undefined for the engine's own nodes. */
  readonly node?: Node;
  /** Distinguishes it from an otherwise equal node. */
  readonly salt?: string;
}

/**
 * The nodes and constants of a program's graph. Equal constants are stored once, and so are equal nodes with equal
 * inputs.
 */
export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: Initializer[] = [];
  /** The recorded node of each node name. */
  readonly recorded = new Map<string, Node>();
  /** The type and shape of each node output, by name. */
  readonly made = new Map<string, TensorSpec>();
  readonly #known = new Map<string, readonly string[]>();

  /** Adds a constant and returns its name. */
  constant(tensor: OnnxTensor): string {
    const { type, dims, data } = tensor;
    const add = (): string[] => {
      const name = `${dims.length === 0 ? 'scalar' : 'tensor'}_${this.initializers.length}`;
      this.initializers.push({ name, tensor });
      return [name];
    };
    const names =
      data.length > MAX_COMPARED ? add() : this.#once(`${type}[${dims.join()}]${bitsOf(data)}`, add);
    return names[0] as string;
  }

  /** Adds a node and returns the names of its outputs. */
  place(placement: Placement): readonly string[] {
    const { op, attributes = {}, inputs, outputs, node, salt = '' } = placement;
    const key = `${node?.domain ?? ''}.${op}(${inputs.join()})${outputs.length}${attributeKey(attributes)}${salt}`;
    return this.#once(key, () => this.#add(placement));
  }

  #add({ op, attributes = {}, inputs, outputs: specs, node }: Placement): string[] {
    const number = this.nodes.length;
    const outputs = specs.map((spec, index) => {
      const output = specs.length === 1 ? `v${number}` : `v${number}_${index}`;
      this.made.set(output, spec);
      return output;
    });
    const name = `${node?.origin?.op ?? 'program'}/${op}_${number}`;
    const domain = node?.domain ?? '';
    this.nodes.push({ op, name, inputs, outputs, attributes, ...(domain && { domain }) });
    if (node) this.recorded.set(name, node);
    return outputs;
  }

  #once(key: string, create: () => readonly string[]): readonly string[] {
    let found = this.#known.get(key);
    if (found === undefined) {
      found = create();
      this.#known.set(key, found);
    }
    return found;
  }
}
