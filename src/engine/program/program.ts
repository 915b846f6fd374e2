import type { ElementType, OnnxModel } from '../../onnx/model.js';
import type { Node, Value } from '../graph.js';

/** A graph in the form ONNX Runtime takes, and which of its names stand for which values. */
export interface Program {
  readonly model: OnnxModel;
  readonly inputs: ReadonlyMap<string, Value>;
  /** Each output asked for, in that order; two may have the same parts. */
  readonly outputs: readonly ProgramOutput[];
  /** Whether no dimension of an output has to wait for the run to be known. */
  readonly fixedShapes: boolean;
  /** Whether its session runs in a thread of its own, so that the caller's event loop goes on. Default false. */
  readonly inBackground?: boolean;
  /** What recorded the node of a name. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** What the nodes make, by its name. */
  readonly made: ReadonlyMap<string, TensorSpec>;
}

/** An output of a program: whole, or in parts that follow each other. */
export interface ProgramOutput {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly parts: readonly { readonly name: string; readonly begin: number }[];
}

export interface TensorSpec {
  readonly type: ElementType;
  readonly shape: readonly number[];
}
