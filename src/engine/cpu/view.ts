import type { Values } from './kernel.js';

/** Some elements of an array as a tensor: element [i, j, ...] is at offset + i * strides[0] + j * strides[1] + ... */
export interface View {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
}

/** Copies the elements of a view, in row-major order, into `target`. */
export function copyView(values: Values, view: View, target: Values): Values {
  const { sizes, steps } = joinAxes(view);
  const innerSize = sizes.pop() ?? 1;
  const innerStep = steps.pop() ?? 1;
  const position = sizes.map(() => 0);
  let source = view.offset ?? 0;
  for (let start = 0; start < target.length; start += innerSize) {
    for (let i = 0, at = source; i < innerSize; i++, at += innerStep) {
      target[start + i] = values[at] as number;
    }
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const step = steps[axis] as number;
      const next = (position[axis] as number) + 1;
      source += step;
      if (next < (sizes[axis] as number)) {
        position[axis] = next;
        break;
      }
      position[axis] = 0;
      source -= next * step;
    }
  }
  return target;
}

/** Leaves out axes of size 1 and joins axes that one step passes through. */
function joinAxes({ shape, strides }: View): { sizes: number[]; steps: number[] } {
  const sizes: number[] = [];
  const steps: number[] = [];
  for (const [axis, size] of shape.entries()) {
    const step = strides[axis] as number;
    const last = sizes.length - 1;
    if (size === 1) continue;
    if (last >= 0 && steps[last] === size * step) {
      sizes[last] = (sizes[last] as number) * size;
      steps[last] = step;
    } else {
      sizes.push(size);
      steps.push(step);
    }
  }
  return { sizes, steps };
}
