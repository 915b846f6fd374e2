/**
 * An ONNX model as plain data, between the recorder of a graph and the file format. The names of fields follow
 * onnx.proto; https://onnx.ai/onnx/repo-docs/IR.html
 */

/** Element types this package reads and writes. */
export type ElementType =
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'float64'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'string';

/** Elements in memory; float16 and bfloat16 as their bits in a Uint16Array, bool as 0 or 1. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

export interface OnnxTensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: TypedArray;
}

export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly tensor: OnnxTensor }
  | { readonly graph: OnnxGraph };

export type Attributes = Readonly<Record<string, Attribute>>;

export interface OnnxNode {
  readonly op: string;
  readonly name?: string;
  /** '' for an optional input that is not given. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
  /** '' or undefined means the standard operator set. */
  readonly domain?: string;
}

/** A number, or the name of a dimension that is known only when the graph runs; '' if it has no name. */
export type Dimension = number | string;

export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly Dimension[];
  /**
   * What a file does not specify, which it need not for results of subgraphs: the rank ('shape': ignore the empty
   * `dims`), or everything ('type': ignore the element type as well).
   */
  readonly unknown?: 'shape' | 'type';
}

export interface Initializer {
  readonly name: string;
  readonly tensor: OnnxTensor;
}

export interface OnnxGraph {
  readonly name: string;
  /** In topological order. */
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: readonly Initializer[];
  /** Shapes of intermediate values, for readers and checkers. */
  readonly valueInfo?: readonly ValueInfo[];
}

export interface OnnxModel {
  readonly graph: OnnxGraph;
  /** Version of the standard operator set. */
  readonly opset: number;
  /** Versions of other operator domains. A domain that nodes use and that is not listed has version 1. */
  readonly domainVersions?: Readonly<Record<string, number>>;
  readonly irVersion: number;
  readonly producer: string;
  readonly producerVersion?: string;
  readonly metadata: Readonly<Record<string, string>>;
}
