import { createRequire } from 'node:module';
import type * as Tfjs from '@tensorflow/tfjs';

/**
 * tfjs, loaded when something of it is used for the first time: it takes longer to load than the rest of the package. It is
 * the copy that `import * as tf from '@tensorflow/tfjs'` gives a user, so both see the same tensors and backends.
 *
 * The first use goes through a proxy, which puts tfjs in its own place: later ones cost nothing. What tfjs exports are
 * functions that look each name up, so its values are copied, as an import of it does.
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
