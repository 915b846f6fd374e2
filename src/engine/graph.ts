import type { Attributes, ElementType, TypedArray } from '../onnx/model.js';

/** Where in a program a node was recorded: the tfjs kernel, the op that ran it and the stack of the call. */
export interface Origin {
  readonly kernel: string;
  readonly op: string;
  /** Captured, not formatted: reading `stack` costs, and only an error reads it. */
  readonly trace: { readonly stack?: string };
}

export interface Node {
  readonly kind: 'node';
  readonly op: string;
  /** '' is the standard operator set. */
  readonly domain: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Attributes;
  readonly outputs: Value[];
  readonly origin: Origin | undefined;
  /** What a node of the op Loop does in each iteration. */
  readonly body?: LoopBody;
}

/** A graph that is run again and again inside of another one. */
export interface LoopBody {
  /** The number of the iteration (int64), whether to go on (bool), then the states. */
  readonly inputs: readonly Value[];
  /** Each after the nodes of its inputs. */
  readonly nodes: readonly Node[];
  /** Whether to go on, the states, then what is listed of every iteration. */
  readonly outputs: readonly Value[];
  /** What the nodes use of the graph outside. The last inputs of the loop's node stand for them, in this order. */
  readonly captured: readonly Value[];
}

/** Values a user's program brought: the elements are at hand, the engine owns them. */
export interface Data {
  readonly kind: 'data';
  readonly elements: TypedArray;
}

/** A small value that belongs to the program itself: a shape, an axis, a scalar of a formula. */
export interface Constant {
  readonly kind: 'constant';
  readonly elements: TypedArray;
}

/** An argument of a function that is being recorded. */
export interface Placeholder {
  readonly kind: 'placeholder';
  readonly name: string;
}

/** Rows of an input, read where they lie. Those of different phases are different inputs of a program. */
export interface Rows {
  readonly kind: 'rows';
  readonly of: Value;
  readonly begin: number;
  readonly phase: number;
}

export type Source = Node | Data | Constant | Placeholder | Rows;

/** A tensor of a graph under construction. */
export class Value {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Set where every element is this number, so that nothing needs the elements themselves. */
  readonly fill: number | undefined;
  #current: Source;

  constructor(type: ElementType, shape: readonly number[], source: Source, fill?: number) {
    this.type = type;
    this.shape = shape;
    this.#current = source;
    this.fill = fill;
  }

  get source(): Source {
    return this.#current;
  }

  /** Replaces a node by what it computed, which lets go of what it was computed from, or a placeholder by a node. */
  becomes(source: Source): void {
    this.#current = source;
  }

  get size(): number {
    return sizeOf(this.shape);
  }
}

/** The value that an input of a program is, or is some rows of. */
export function inputOf(value: Value): Value {
  return value.source.kind === 'rows' ? value.source.of : value;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** The nodes that `outputs` need, each after the nodes of its inputs. */
export function nodesInOrder(outputs: readonly Value[]): Node[] {
  const done = new Set<Node>();
  const ordered: Node[] = [];
  // A stack of our own: a program of a few thousand ops in a row is deeper than JavaScript's.
  const stack = outputs.toReversed();
  while (stack.length > 0) {
    const { source } = stack[stack.length - 1] as Value;
    if (source.kind !== 'node' || done.has(source)) {
      stack.pop();
      continue;
    }
    const missing = source.inputs.filter(
      (input): input is Value => input?.source.kind === 'node' && !done.has(input.source),
    );
    if (missing.length === 0) {
      done.add(source);
      ordered.push(source);
      stack.pop();
    } else {
      stack.push(...missing.toReversed());
    }
  }
  return ordered;
}
