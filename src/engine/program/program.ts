import type { ElementType, OnnxModel } from '../../onnx/model.js';
import type { Node, Value } from '../graph.js';

/** A graph in the form that ONNX Runtime takes, and the values that its names stand for. */
export interface Program {
  readonly model: OnnxModel;
  readonly inputs: ReadonlyMap<string, Value>;
  /** The requested outputs, in order. Two of them may have the same parts. */
  readonly outputs: readonly ProgramOutput[];
  /** Whether all dimensions of the outputs are known before the run. */
  readonly fixedShapes: boolean;
  /** Whether its session runs in a separate thread, so that the caller's event loop goes on. Default false. */
  readonly inBackground?: boolean;
  /** The recorded node of each node name. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** The type and shape of each node output, by name. */
  readonly made: ReadonlyMap<string, TensorSpec>;
}

/** An output of a program: whole, or as consecutive parts. */
export interface ProgramOutput {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly parts: readonly { readonly name: string; readonly begin: number }[];
}

export interface TensorSpec {
  readonly type: ElementType;
  readonly shape: readonly number[];
}
