import type * as tf from '@tensorflow/tfjs';
import type { Attributes } from '../../onnx/model.js';
import type { Value } from '../graph.js';
import { pad, slice, transpose } from './layout.js';

type Conv2DInfo = tf.backend_util.Conv2DInfo;
type Conv3DInfo = tf.backend_util.Conv3DInfo;

/** How a window moves over the spatial axes, with one number per axis. */
export interface Windows {
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before the first element. */
  readonly before: readonly number[];
  readonly input: readonly number[];
  /** How many windows there are. */
  readonly output: readonly number[];
  readonly channelsLast: boolean;
}

/** The windows that tfjs derived from strides, dilations, padding and rounding. */
export function windowsOf(info: Conv2DInfo | Conv3DInfo): Windows {
  const { padInfo } = info;
  const deep = 'inDepth' in info;
  const front = (depth: (of: Conv3DInfo) => number): number[] => (deep ? [depth(info)] : []);
  return {
    size: [...front((of) => of.filterDepth), info.filterHeight, info.filterWidth],
    strides: [...front((of) => of.strideDepth), info.strideHeight, info.strideWidth],
    dilations: [...front((of) => of.dilationDepth), info.dilationHeight, info.dilationWidth],
    before: [...front((of) => of.padInfo.front), padInfo.top, padInfo.left],
    input: [...front((of) => of.inDepth), info.inHeight, info.inWidth],
    output: [...front((of) => of.outDepth), info.outHeight, info.outWidth],
    channelsLast: info.dataFormat === 'channelsLast',
  };
}

/** By how much the last window passes the end of each axis; negative if it ends before it. */
function overhang({ size, strides, dilations, before, input, output }: Windows): number[] {
  return output.map((count, axis) => {
    const [step = 1, spread = 1, width = 1] = [strides[axis], dilations[axis], size[axis]];
    const last = (count - 1) * step + (width - 1) * spread + 1;
    return last - (input[axis] ?? 0) - (before[axis] ?? 0);
  });
}

/** As attributes of ONNX's operators. The padding after the end is what their rule needs for this number of windows. */
export function windowAttributes(windows: Windows): Attributes {
  const after = overhang(windows).map((beyond) => Math.max(beyond, 0));
  return {
    kernel_shape: { ints: windows.size },
    strides: { ints: windows.strides },
    dilations: { ints: windows.dilations },
    pads: { ints: [...windows.before, ...after] },
  };
}

/** Whether a window may lie entirely in the padding. ONNX Runtime does not pool such windows. */
export function mayLieInPadding(windows: Windows): boolean {
  const beyond = overhang(windows);
  return windows.size.some((size, axis) => Math.max(windows.before[axis] ?? 0, beyond[axis] ?? 0) >= size);
}

/** How much to add at the two ends of each spatial axis; negative numbers remove. */
export type Margins = readonly (readonly [number, number])[];

/**
 * Margins that make the windows end where the tensor does by ONNX's rules: tfjs sometimes begins after the first
 * element and leaves out elements that no window covers. Margins of padding are for windows that lie in it.
 */
export function fitWindows(windows: Windows, paddingInside = false): { fitted: Windows; margins: Margins } {
  const beyond = overhang(windows);
  const margins = windows.before.map((before, axis): [number, number] => {
    const after = beyond[axis] ?? 0;
    return paddingInside ? [before, after] : [Math.min(before, 0), Math.min(after, 0)];
  });
  const fitted: Windows = {
    ...windows,
    before: windows.before.map((before, axis) => before - (margins[axis]?.[0] ?? 0)),
    input: windows.input.map((dim, axis) => dim + (margins[axis]?.[0] ?? 0) + (margins[axis]?.[1] ?? 0)),
  };
  return { fitted, margins };
}

/** A tensor [batch, channels, ...] with margins of one value. */
export function withMargins(x: Value, margins: Margins, value: number): Value {
  const [batch = 0, channels = 0, ...spatial] = x.shape;
  const kept = slice(
    x,
    [0, 0, ...margins.map(([start]) => Math.max(-start, 0))],
    [batch, channels, ...spatial.map((dim, axis) => dim + Math.min(margins[axis]?.[1] ?? 0, 0))],
  );
  const added = margins.map(([start, end]): [number, number] => [Math.max(start, 0), Math.max(end, 0)]);
  return pad(kept, [[0, 0], [0, 0], ...added], value);
}

/** Undoes `withMargins`: removes what it added, and adds zeros for what it removed. */
export function withoutMargins(x: Value, margins: Margins): Value {
  return withMargins(
    x,
    margins.map(([start, end]) => [-start, -end] as const),
    0,
  );
}

/** [batch, ..., channels] -> [batch, channels, ...] as in ONNX, unless the channels already come first. */
export function toChannelsFirst(x: Value, { channelsLast }: Windows): Value {
  if (!channelsLast) return x;
  const spatial = x.shape.slice(2).map((_, axis) => axis + 1);
  return transpose(x, [0, x.shape.length - 1, ...spatial]);
}

/** The inverse of `toChannelsFirst`. */
export function fromChannelsFirst(x: Value, { channelsLast }: Windows): Value {
  if (!channelsLast) return x;
  const spatial = x.shape.slice(2).map((_, axis) => axis + 2);
  return transpose(x, [0, ...spatial, 1]);
}
