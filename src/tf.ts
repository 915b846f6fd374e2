import { createRequire } from 'node:module';
import type * as Tfjs from '@tensorflow/tfjs';

/**
 * tfjs, loaded at its first use, since it takes longer to load than the rest of the package. It is the same copy that a
 * user imports from '@tensorflow/tfjs', so both share tensors and backends.
 *
 * The first use goes through a proxy, which then replaces itself by tfjs, so later uses cost nothing. The exports of
 * tfjs are getters; their values are copied, as an import would do.
 */
export let tf: typeof Tfjs = new Proxy({} as typeof Tfjs, {
  get: (_, name) => {
    tf = { ...(createRequire(import.meta.url)('@tensorflow/tfjs') as typeof Tfjs) };
    return Reflect.get(tf, name) as unknown;
  },
});

/** The types of tfjs that most files use. */
// oxlint-disable-next-line no-redeclare -- types, beside the values of the same name
export declare namespace tf {
  type Rank = Tfjs.Rank;
  type Tensor<R extends Rank = Rank> = Tfjs.Tensor<R>;
  type Scalar = Tfjs.Scalar;
  type Tensor1D = Tfjs.Tensor1D;
  type Tensor2D = Tfjs.Tensor2D;
  type Tensor3D = Tfjs.Tensor3D;
  type Tensor4D = Tfjs.Tensor4D;
  type Tensor5D = Tfjs.Tensor5D;
  type Variable<R extends Rank = Rank> = Tfjs.Variable<R>;
  type DataType = Tfjs.DataType;
  type TensorContainer = Tfjs.TensorContainer;
  type TensorInfo = Tfjs.TensorInfo;
  type BackendValues = Tfjs.BackendValues;
  type KernelBackend = Tfjs.KernelBackend;
  type KernelFunc = Tfjs.KernelFunc;
  type NamedAttrMap = Tfjs.NamedAttrMap;
  type NamedTensorInfoMap = Tfjs.NamedTensorInfoMap;
}
