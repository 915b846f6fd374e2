import { InputError } from '../../errors.js';
import type { ElementType, OnnxGraph, OnnxNode, OnnxTensor } from '../model.js';
import { type Computing, computingOf, outputTypes } from './float16-rules.js';

const LARGEST = 65504;
/** Smaller numbers have fewer digits in float16. */
const SMALLEST_NORMAL = 2 ** -14;

/** Decides which nodes of a graph compute in float32 when the others compute in float16. */
export class Float16Plan {
  readonly #graph: OnnxGraph;
  readonly #types = new Map<string, ElementType | undefined>();
  readonly #constants: ReadonlyMap<string, OnnxTensor>;
  readonly #makers = new Map<string, OnnxNode>();
  readonly #readers = new Map<string, OnnxNode[]>();
  readonly #computing = new Map<OnnxNode, Computing>();
  readonly #single = new Set<OnnxNode>();

  /** @throws InputError that names an unknown operator */
  constructor(graph: OnnxGraph, constants: ReadonlyMap<string, OnnxTensor>) {
    this.#graph = graph;
    this.#constants = constants;
    for (const { name, type } of graph.inputs) this.#types.set(name, type);
    for (const [name, { type }] of constants) this.#types.set(name, type);
    for (const node of graph.nodes) this.#enter(node);
    this.#decide();
  }

  /** Whether a value is float32 in the original graph. */
  isFloat(name: string): boolean {
    return this.#types.get(name) === 'float32';
  }

  /** Whether a node computes in float32, so that its floating-point inputs and outputs must be float32. */
  isSingle(node: OnnxNode): boolean {
    return this.#single.has(node);
  }

  #enter(node: OnnxNode): void {
    const computing = computingOf(node);
    if (computing === undefined) {
      const domain = node.domain ? `${node.domain}.` : '';
      throw new InputError(
        `float16 is not available for "${this.#graph.name}": it is not known whether ${domain}${node.op} (${node.outputs.join(', ')}) computes well enough in it`,
      );
    }
    const types = outputTypes(
      node,
      node.inputs.map((name) => this.#types.get(name)),
    );
    node.outputs.forEach((name, at) => {
      this.#types.set(name, types[at]);
      this.#makers.set(name, node);
    });
    for (const name of new Set(node.inputs)) {
      this.#readers.set(name, [...(this.#readers.get(name) ?? []), node]);
    }
    this.#computing.set(node, computing);
    const touchesFloats = [...node.inputs, ...node.outputs].some((name) => this.isFloat(name));
    const fits = node.inputs.every((name) => this.#fits(name));
    if (touchesFloats && (computing === 'single' || !fits)) this.#single.add(node);
  }

  /**
   * Whether float16 can represent a constant: no element becomes infinite, and a single number does not lose its
   * digits.
   */
  #fits(name: string): boolean {
    const tensor = this.#constants.get(name);
    if (tensor?.type !== 'float32') return true;
    const { data } = tensor as { data: Float32Array };
    const size = Math.abs(data[0] ?? 0);
    if (data.length === 1 && size > 0 && size < SMALLEST_NORMAL) return false;
    return data.every((element) => !(Math.abs(element) > LARGEST) || Math.abs(element) === Infinity);
  }

  /**
   * Repeats until nothing changes: float32 spreads to nodes between nodes that need it, and to nodes surrounded by such
   * nodes.
   */
  #decide(): void {
    let before;
    do {
      before = this.#single.size;
      for (const node of this.#graph.nodes) {
        if (!this.#single.has(node) && this.#joins(node)) this.#single.add(node);
      }
    } while (this.#single.size > before);
  }

  #joins(node: OnnxNode): boolean {
    const computing = this.#computing.get(node);
    if (computing !== 'either' && computing !== 'carried') return false;
    const inputs = node.inputs.filter((name) => this.isFloat(name) && !this.#constants.has(name));
    const fromSingle = inputs.filter((name) => this.#isMadeInSingle(name)).length;
    if (computing === 'carried') return fromSingle > 0;
    const isAllFromSingle = inputs.length > 0 && fromSingle === inputs.length;
    const [output = ''] = node.outputs;
    return (
      isAllFromSingle ||
      this.#isReadInSingle(output, 'every') ||
      (fromSingle > 0 && this.#isReadInSingle(output, 'some'))
    );
  }

  #isMadeInSingle(name: string): boolean {
    const maker = this.#makers.get(name);
    // Otherwise it is an input of the graph, which is float32.
    return maker === undefined || this.#single.has(maker);
  }

  /**
   * Whether every reader, or some reader, of the value computes in float32. Nodes that only carry the value pass the
   * question on.
   */
  #isReadInSingle(name: string, how: 'every' | 'some'): boolean {
    const readers = this.#readers.get(name) ?? [];
    if (readers.length === 0) return false;
    return readers[how]((reader) => {
      if (this.#single.has(reader)) return true;
      const carriesIt = this.#computing.get(reader) === 'carried' && this.isFloat(reader.outputs[0] ?? '');
      return carriesIt && this.#isReadInSingle(reader.outputs[0] ?? '', how);
    });
  }
}
