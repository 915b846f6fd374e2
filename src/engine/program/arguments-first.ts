import type { ValueInfo } from '../../onnx/model.js';

/** The arguments of a recorded function in their order, then all other inputs in the order in which they occur. */
export function argumentsFirst(inputs: readonly ValueInfo[]): ValueInfo[] {
  const place = ({ name }: ValueInfo): number => argumentIndex(name) ?? Number.MAX_SAFE_INTEGER;
  return inputs.toSorted((a, b) => place(a) - place(b));
}

/** The position of the argument that a placeholder, or rows of one, stand for. */
export function argumentIndex(name: string): number | undefined {
  const found = /^arg_(\d+)/.exec(name);
  return found ? Number(found[1]) : undefined;
}
