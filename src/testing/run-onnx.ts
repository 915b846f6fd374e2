import type * as Ort from 'onnxruntime-node';
import { loadOrt } from '../engine/runtime/ort.js';
import { widenHalf } from '../files/safetensors/half.js';
import { encodeModel } from '../onnx/encode.js';
import type { Attributes, Initializer, OnnxModel, OnnxNode, ValueInfo } from '../onnx/model.js';

export type OptimizationLevel = NonNullable<Ort.InferenceSession.SessionOptions['graphOptimizationLevel']>;
export const OPTIMIZATION_LEVELS: readonly OptimizationLevel[] = ['disabled', 'basic', 'extended', 'all'];

export interface Feed {
  readonly type: 'float32' | 'int64';
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}

export interface RunResult {
  readonly type: string;
  readonly dims: readonly number[];
  /** float16 data is converted to float32. */
  readonly data: Float32Array;
}

/** Runs a model in ONNX Runtime directly, without the engine. Returns its results by name. */
export async function runOnnx(
  model: OnnxModel,
  feeds: Readonly<Record<string, Feed>>,
  graphOptimizationLevel: OptimizationLevel = 'all',
): Promise<Record<string, RunResult>> {
  const ort = await loadOrt();
  const options = { graphOptimizationLevel, logSeverityLevel: 4, intraOpNumThreads: 1 } as const;
  const session = await ort.InferenceSession.create(encodeModel(model), options);
  try {
    const tensors = Object.entries(feeds).map(([name, { type, data, dims }]) => [
      name,
      new ort.Tensor(type, data, dims),
    ]);
    const results = await session.run(Object.fromEntries(tensors) as Record<string, Ort.Tensor>);
    return Object.fromEntries(
      Object.entries(results).map(([name, { type, dims, data }]) => {
        // A Float16Array, if JavaScript has it.
        const wide =
          data instanceof Uint16Array ? widenHalf(data) : Float32Array.from(data as Float32Array, Number);
        return [name, { type, dims, data: wide }];
      }),
    );
  } finally {
    await session.release();
  }
}

export const floats = (dims: readonly number[], data: readonly number[]): Feed => ({
  type: 'float32',
  dims,
  data: Float32Array.from(data),
});

export const node = (
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Attributes = {},
): OnnxNode => ({ op, inputs, outputs: [output], attributes });

export const float32Weight = (
  name: string,
  dims: readonly number[],
  data: Iterable<number>,
): Initializer => ({
  name,
  tensor: { type: 'float32', dims, data: Float32Array.from(data) },
});

export const int64Weight = (name: string, ...elements: number[]): Initializer => ({
  name,
  tensor: { type: 'int64', dims: [elements.length], data: BigInt64Array.from(elements, BigInt) },
});

export const float32Value = (name: string, ...dims: (number | string)[]): ValueInfo => ({
  name,
  type: 'float32',
  dims,
});
