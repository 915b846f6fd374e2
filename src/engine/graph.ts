import type { Attributes, ElementType, TypedArray } from '../onnx/model.js';

/** Where a node was recorded: the tfjs kernel, the op that ran it and the stack of the call. */
export interface Origin {
  readonly kernel: string;
  readonly op: string;
  /** Captured, not formatted: reading `stack` is expensive, and only errors read it. */
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

/** A graph that a Loop node runs repeatedly. */
export interface LoopBody {
  /** The number of the iteration (int64), whether to go on (bool), then the states. */
  readonly inputs: readonly Value[];
  /** In topological order. */
  readonly nodes: readonly Node[];
  /** Whether to go on, the states, then the value that each iteration adds to a list. */
  readonly outputs: readonly Value[];
  /** Values of the outer graph that the nodes use. The last inputs of the loop's node stand for them, in this order. */
  readonly captured: readonly Value[];
}

/** A value of the user's program. Its elements are known, and the engine owns them. */
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

/** Some rows of an input, read in place. Rows of different phases are different inputs of a program. */
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
  /** The number that every element equals, if there is one. Nothing then needs the elements themselves. */
  readonly fill: number | undefined;
  /**
   * Whether a tensor of the user's program stands for it. Its recorded shape is then that of every run, while values inside
   * of a kernel may have sizes that only the run knows, such as a count of positive elements.
   */
  isTensor = false;
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

  /** Replaces the source: a node by its computed elements, which frees its inputs, or a placeholder by a node. */
  becomes(source: Source): void {
    this.#current = source;
  }

  get size(): number {
    return sizeOf(this.shape);
  }
}

/** The input of a program that a value is, or is some rows of. */
export function inputOf(value: Value): Value {
  return value.source.kind === 'rows' ? value.source.of : value;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** The nodes that `outputs` need, in topological order. */
export function nodesInOrder(outputs: readonly Value[]): Node[] {
  const done = new Set<Node>();
  const ordered: Node[] = [];
  // An explicit stack: a chain of a few thousand ops is deeper than JavaScript's call stack.
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
