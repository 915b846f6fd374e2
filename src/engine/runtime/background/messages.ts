import type * as Ort from 'onnxruntime-node';

/** A tensor on its way between threads. */
export interface PackedTensor {
  readonly type: Ort.Tensor.Type;
  readonly dims: readonly number[];
  readonly data: Ort.Tensor['data'];
}

export type PackedTensors = Readonly<Record<string, PackedTensor>>;

/** A request to the thread. `session` is a number that the owner of the thread chooses. */
export type Request = { readonly id: number; readonly session: number } & (
  | {
      readonly kind: 'create';
      /** The bytes of a model, or the path of its file. */
      readonly model: Uint8Array | string;
      readonly options: Ort.InferenceSession.SessionOptions;
    }
  | { readonly kind: 'run'; readonly feeds: PackedTensors; readonly fetches: readonly string[] | undefined }
  | { readonly kind: 'release' }
);

/** The inputs and outputs of a session. */
export type Signature = Pick<Ort.InferenceSession, 'inputMetadata' | 'outputMetadata' | 'outputNames'>;

export type Answer = { readonly id: number } & (
  | { readonly kind: 'created'; readonly signature: Signature }
  | { readonly kind: 'ran'; readonly outputs: PackedTensors }
  | { readonly kind: 'released' }
  | { readonly kind: 'failed'; readonly message: string }
);
