import type {
  Conv2DAttrs,
  Conv2DBackpropFilterAttrs,
  Conv2DBackpropInputAttrs,
  Conv3DAttrs,
  Conv3DBackpropFilterV2Attrs,
  Conv3DBackpropInputV2Attrs,
  DepthwiseConv2dNativeAttrs,
  DepthwiseConv2dNativeBackpropFilterAttrs,
  DepthwiseConv2dNativeBackpropInputAttrs,
  FusedConv2DAttrs,
} from '@tensorflow/tfjs';
import { tf } from '../../tf.js';
import type { Value } from '../graph.js';
import { activate } from '../ops/activations.js';
import { add, cast } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { reshape, slice, transpose } from '../ops/layout.js';
import {
  fitWindows,
  fromChannelsFirst,
  toChannelsFirst,
  windowAttributes,
  type Windows,
  windowsOf,
  withMargins,
  withoutMargins,
} from '../ops/windows.js';
import { kernel, type Kernel } from './kernel.js';

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

/**
 * A filter of tfjs [..., in, out] as ONNX weights [out, in, ...]; a depthwise filter [..., channels, multiplier] as
 * [channels multiplier, 1, ...].
 */
function weightsOf(filter: Value, depthwise: boolean): Value {
  const rank = filter.shape.length;
  const spatial = filter.shape.slice(0, -2);
  const [channels = 1, multiplier = 1] = filter.shape.slice(-2);
  const before = spatial.map((_, axis) => axis);
  if (!depthwise) return transpose(filter, [rank - 1, rank - 2, ...before]);
  return reshape(transpose(filter, [rank - 2, rank - 1, ...before]), [channels * multiplier, 1, ...spatial]);
}

interface Form {
  readonly windows: Windows;
  readonly depthwise: boolean;
}

const groupsOf = (filterShape: readonly number[], depthwise: boolean): number =>
  depthwise ? (filterShape.at(-2) as number) : 1;

function convolve(x: Value, filter: Value, { windows, depthwise }: Form): Value {
  const { fitted, margins } = fitWindows(windows);
  const weights = weightsOf(cast(filter, 'float32'), depthwise);
  const channelsFirst = withMargins(toChannelsFirst(cast(x, 'float32'), windows), margins, 0);
  const shape = [channelsFirst.shape[0] as number, weights.shape[0] as number, ...windows.output];
  const group = groupsOf(filter.shape, depthwise);
  const made = emit(
    'Conv',
    [channelsFirst, weights],
    { type: 'float32', shape },
    { attributes: { ...windowAttributes(fitted), group: { int: group } } },
  );
  return fromChannelsFirst(made, windows);
}

/** dx: each element of dy times the filter, added to the window that it came from. */
function inputGradient(dy: Value, filter: Value, { windows, depthwise }: Form): Value {
  const weights = weightsOf(cast(filter, 'float32'), depthwise);
  const given = toChannelsFirst(cast(dy, 'float32'), windows);
  // tf.conv2dTranspose accepts a size with fewer windows than dy has.
  const channelsFirst = slice(
    given,
    given.shape.map(() => 0),
    [...given.shape.slice(0, 2), ...windows.output],
  );
  const group = groupsOf(filter.shape, depthwise);
  const { fitted, margins } = fitWindows(windows);
  const shape = [channelsFirst.shape[0] as number, (weights.shape[1] as number) * group, ...fitted.input];
  const made = emit(
    'ConvTranspose',
    [channelsFirst, weights],
    { type: 'float32', shape },
    {
      attributes: {
        ...windowAttributes(fitted),
        group: { int: group },
      },
    },
  );
  return fromChannelsFirst(withoutMargins(made, margins), windows);
}

/**
 * The gradient of the filter is a convolution of x by dy over the batch instead of the channels. dy is the window; its
 * dilation is the stride of the forward pass, and its stride is the dilation.
 */
function filterGradient(
  x: Value,
  dy: Value,
  filterShape: readonly number[],
  { windows, depthwise }: Form,
): Value {
  const { fitted, margins } = fitWindows(windows);
  const spatial = windows.size.map((_, axis) => axis + 2);
  const overBatch = (value: Value): Value => transpose(value, [1, 0, ...spatial]);
  const images = overBatch(withMargins(toChannelsFirst(cast(x, 'float32'), windows), margins, 0));
  const gradients = overBatch(toChannelsFirst(cast(dy, 'float32'), windows));
  const [channels = 1, batch = 1] = images.shape;
  const [outputs = 1] = gradients.shape;
  const dual: Windows = {
    ...fitted,
    size: windows.output,
    strides: windows.dilations,
    dilations: windows.strides,
    output: windows.size,
  };
  const groups = depthwise ? channels : 1;
  const made = emit(
    'Conv',
    [depthwise ? reshape(images, [1, channels * batch, ...fitted.input]) : images, gradients],
    { type: 'float32', shape: [channels / groups, outputs, ...windows.size] },
    { attributes: { ...windowAttributes(dual), group: { int: groups } } },
  );
  const parts = reshape(made, [channels, outputs / groups, ...windows.size]);
  return reshape(transpose(parts, [...spatial, 0, 1]), filterShape);
}

type Attributes2D = Omit<Conv2DAttrs, 'dataFormat' | 'dilations'> & Partial<Conv2DAttrs>;

function form2d(
  x: readonly number[],
  filter: readonly number[],
  attributes: Attributes2D,
  depthwise = false,
): Form {
  const { strides, pad, dilations, dimRoundingMode, dataFormat } = attributes;
  const info = tf.backend_util.computeConv2DInfo(
    [...x] as Shape4,
    [...filter] as Shape4,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    tf.backend_util.convertConv2DDataFormat(dataFormat ?? 'NHWC'),
  );
  return { windows: windowsOf(info), depthwise };
}

function form3d(
  x: readonly number[],
  filter: readonly number[],
  { strides, pad, dilations }: Pick<Conv3DAttrs, 'strides' | 'pad'> & Partial<Conv3DAttrs>,
): Form {
  const info = tf.backend_util.computeConv3DInfo(
    [...x] as Shape5,
    [...filter] as Shape5,
    strides,
    dilations ?? 1,
    pad,
  );
  return { windows: windowsOf(info), depthwise: false };
}

/** Convolution, then a bias of each channel, then an activation. */
function fused(depthwise: boolean): Kernel {
  return kernel<'x' | 'filter', FusedConv2DAttrs, 'bias' | 'preluActivationWeights'>(
    ({ x, filter, bias, preluActivationWeights }, attributes) => {
      const form = form2d(x.shape, filter.shape, attributes, depthwise);
      // The bias has one number per channel, which must align with the channel axis.
      const aligned = (value: Value | undefined): Value | undefined =>
        value?.shape.length === 1 && !form.windows.channelsLast ? reshape(value, [value.size, 1, 1]) : value;
      const linear = convolve(x, filter, form);
      const offset = aligned(bias);
      return activate(offset ? add(linear, offset) : linear, {
        ...attributes,
        alpha: aligned(preluActivationWeights),
      });
    },
  );
}

export const CONVOLUTION: Record<string, Kernel> = {
  Conv2D: kernel<'x' | 'filter', Conv2DAttrs>(({ x, filter }, attributes) =>
    convolve(x, filter, form2d(x.shape, filter.shape, attributes)),
  ),
  Conv2DBackpropInput: kernel<'dy' | 'filter', Conv2DBackpropInputAttrs>(({ dy, filter }, attributes) =>
    inputGradient(dy, filter, form2d(attributes.inputShape, filter.shape, attributes)),
  ),
  Conv2DBackpropFilter: kernel<'x' | 'dy', Conv2DBackpropFilterAttrs>(({ x, dy }, attributes) => {
    const { filterShape } = attributes;
    return filterGradient(x, dy, filterShape, form2d(x.shape, filterShape, attributes));
  }),
  DepthwiseConv2dNative: kernel<'x' | 'filter', DepthwiseConv2dNativeAttrs>(({ x, filter }, attributes) =>
    convolve(x, filter, form2d(x.shape, filter.shape, attributes, true)),
  ),
  DepthwiseConv2dNativeBackpropInput: kernel<'dy' | 'filter', DepthwiseConv2dNativeBackpropInputAttrs>(
    ({ dy, filter }, attributes) =>
      inputGradient(dy, filter, form2d(attributes.inputShape, filter.shape, attributes, true)),
  ),
  DepthwiseConv2dNativeBackpropFilter: kernel<'x' | 'dy', DepthwiseConv2dNativeBackpropFilterAttrs>(
    ({ x, dy }, attributes) => {
      const { filterShape } = attributes;
      return filterGradient(x, dy, filterShape, form2d(x.shape, filterShape, attributes, true));
    },
  ),
  FusedConv2D: fused(false),
  FusedDepthwiseConv2D: fused(true),
  Conv3D: kernel<'x' | 'filter', Conv3DAttrs>(({ x, filter }, attributes) =>
    convolve(x, filter, form3d(x.shape, filter.shape, attributes)),
  ),
  Conv3DBackpropInputV2: kernel<'dy' | 'filter', Conv3DBackpropInputV2Attrs>(({ dy, filter }, attributes) =>
    inputGradient(dy, filter, form3d(attributes.inputShape, filter.shape, attributes)),
  ),
  Conv3DBackpropFilterV2: kernel<'x' | 'dy', Conv3DBackpropFilterV2Attrs>(({ x, dy }, attributes) => {
    const { filterShape } = attributes;
    return filterGradient(x, dy, filterShape, form3d(x.shape, filterShape, attributes));
  }),
};
