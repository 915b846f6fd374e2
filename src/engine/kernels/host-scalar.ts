import { HOST_SCALAR, type HostScalarAttrs } from '../../ops/host-scalar.js';
import { hostValue } from '../host-inputs.js';
import { kernel, type Kernel } from './kernel.js';

export const HOST: Record<string, Kernel> = {
  [HOST_SCALAR]: kernel<never, HostScalarAttrs>((_, attributes) => hostValue(attributes)),
};
