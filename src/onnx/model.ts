/**
 * An ONNX model as plain data, between what records a graph and the file format.
 * Names of fields follow onnx.proto; https://onnx.ai/onnx/repo-docs/IR.html
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

/** Elements as they lie in memory; float16 and bfloat16 as their bits in a Uint16Array, bool as 0 or 1. */
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
  /** '' where an optional input is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
  /** '' or absent is the standard operator set. */
  readonly domain?: string;
}

/** A number, or the name of a dimension that is only known when the graph runs; '' where it has no name either. */
export type Dimension = number | string;

export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly Dimension[];
  /**
   * What a file leaves open, as results of subgraphs may: the rank ('shape': dims is empty and means nothing), or all
   * ('type': the element type means nothing either).
   */
  readonly unknown?: 'shape' | 'type';
}

export interface Initializer {
  readonly name: string;
  readonly tensor: OnnxTensor;
}

export interface OnnxGraph {
  readonly name: string;
  /** In an order in which every input comes before its use. */
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
  /** Versions of further operator domains; a domain that nodes use and that is not listed has version 1. */
  readonly domainVersions?: Readonly<Record<string, number>>;
  readonly irVersion: number;
  readonly producer: string;
  readonly producerVersion?: string;
  readonly metadata: Readonly<Record<string, string>>;
}
