import type { AvgPool3DAttrs, AvgPoolAttrs, MaxPoolWithArgmaxAttrs } from '@tensorflow/tfjs';
import { tf } from '../../tf.js';
import { sameShape, sizeOf, type Value } from '../graph.js';
import { filled, scalar, zeros } from '../ops/constants.js';
import { add, binary, cast, div, mul, predicate, sub, where } from '../ops/elementwise.js';
import { emit, emitAll } from '../ops/emit.js';
import { range, scatterRows } from '../ops/indexing.js';
import { reshape } from '../ops/layout.js';
import {
  fitWindows,
  fromChannelsFirst,
  type Margins,
  mayLieInPadding,
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
type PoolAttributes = AvgPoolAttrs | AvgPool3DAttrs;

/** Windows of the pooling of a tensor [batch, ..., channels]. */
function poolWindows(shape: readonly number[], attributes: PoolAttributes): Windows {
  if (shape.length === 4) {
    const { filterSize, strides, pad, dimRoundingMode } = attributes as AvgPoolAttrs;
    return windowsOf(
      tf.backend_util.computePool2DInfo([...shape] as Shape4, filterSize, strides, 1, pad, dimRoundingMode),
    );
  }
  const { filterSize, strides, pad, dimRoundingMode, dataFormat } = attributes as AvgPool3DAttrs;
  return windowsOf(
    tf.backend_util.computePool3DInfo(
      [...shape] as Shape5,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
      dataFormat,
    ),
  );
}

/** The dilations are left out: they are all 1, and not every operator of this operator set has them. */
function poolAttributes(windows: Windows) {
  const { dilations: _, ...attributes } = windowAttributes(windows);
  return { attributes };
}

const pooledShape = (x: Value, { output }: Windows): number[] => [...x.shape.slice(0, 2), ...output];

/** The sum of the elements of each window. */
function sumOfWindows(x: Value, windows: Windows): Value {
  const channels = x.shape[1] as number;
  const ones = filled(1, [channels, 1, ...windows.size], 'float32');
  const { attributes } = poolAttributes(windows);
  return emit(
    'Conv',
    [x, ones],
    { type: 'float32', shape: pooledShape(x, windows) },
    { attributes: { ...attributes, group: { int: channels } } },
  );
}

/** The mean of the elements of each window, without padding. */
function averagePool(x: Value, windows: Windows): Value {
  const { fitted, margins } = fitWindows(windows);
  const channelsFirst = withMargins(toChannelsFirst(cast(x, 'float32'), windows), margins, 0);
  if (mayLieInPadding(fitted)) {
    const counts = sumOfWindows(filled(1, [1, 1, ...fitted.input], 'float32'), fitted);
    // The mean of an empty window is NaN in two dimensions and 0 in three.
    const divisors = windows.size.length === 3 ? binary('Max', counts, scalar(1, 'float32')) : counts;
    return fromChannelsFirst(div(sumOfWindows(channelsFirst, fitted), divisors), windows);
  }
  const shape = pooledShape(channelsFirst, fitted);
  const means = emit('AveragePool', [channelsFirst], { type: 'float32', shape }, poolAttributes(fitted));
  return fromChannelsFirst(means, windows);
}

/** tfjs divides by the whole window, padding included, so dy is spread with equal weights within each channel. */
function averagePoolGradient(dy: Value, windows: Windows): Value {
  const { fitted, margins } = fitWindows(windows);
  const channelsFirst = toChannelsFirst(dy, windows);
  const [batch = 0, channels = 0] = channelsFirst.shape;
  const weights = filled(1 / sizeOf(windows.size), [channels, 1, ...windows.size], 'float32');
  const { attributes } = poolAttributes(fitted);
  const dx = emit(
    'ConvTranspose',
    [channelsFirst, weights],
    { type: 'float32', shape: [batch, channels, ...fitted.input] },
    { attributes: { ...attributes, group: { int: channels } } },
  );
  return fromChannelsFirst(withoutMargins(dx, margins), windows);
}

interface Greatest {
  readonly values: Value;
  /** Their positions in the fitted tensor [batch, channels, ...]: int64. */
  readonly positions: Value;
  readonly fitted: Windows;
  readonly margins: Margins;
}

/**
 * The first of the greatest elements of each window of x [batch, ..., channels]. NaN counts as smaller than any number.
 */
function maxPool(x: Value, windows: Windows): Greatest {
  const { fitted, margins } = fitWindows(windows, mayLieInPadding(windows));
  const channelsFirst = withMargins(toChannelsFirst(cast(x, 'float32'), windows), margins, -Infinity);
  const shape = pooledShape(channelsFirst, windows);
  if (sizeOf(shape) === 0) {
    return { values: zeros(shape, 'float32'), positions: zeros(shape, 'int64'), fitted, margins };
  }
  const least = scalar(-Infinity, 'float32');
  const numbers = where(predicate('IsNaN', channelsFirst), least, channelsFirst);
  const outputs = [
    { type: 'float32', shape },
    { type: 'int64', shape },
  ] as const;
  const [values, positions] = emitAll('MaxPool', [numbers], outputs, poolAttributes(fitted));
  return { values: values as Value, positions: positions as Value, fitted, margins };
}

/**
 * dy goes to the first of the greatest elements of its window. In three dimensions tfjs takes the last of equal
 * elements.
 */
function maxPoolGradient(dy: Value, input: Value, windows: Windows): Value {
  const { positions, fitted, margins } = maxPool(input, windows);
  const shape = [...positions.shape.slice(0, 2), ...fitted.input];
  const scattered = scatterRows(
    zeros([sizeOf(shape)], 'float32'),
    reshape(positions, [dy.size]),
    reshape(toChannelsFirst(dy, windows), [dy.size]),
    'add',
  );
  return fromChannelsFirst(withoutMargins(reshape(scattered, shape), margins), windows);
}

/** Positions among the elements of an image [height, width, channels], or of all images. */
function imagePositions(
  { positions, fitted, margins }: Greatest,
  windows: Windows,
  withBatch: boolean,
): Value {
  const [batch = 0, channels = 0] = positions.shape;
  const [top, left] = [margins[0]?.[0] ?? 0, margins[1]?.[0] ?? 0];
  const [height = 0, width = 0] = windows.input;
  const int = (number: number): Value => scalar(number, 'int64');
  const inImage = binary('Mod', positions, int(sizeOf(fitted.input)));
  const row = sub(div(inImage, int(fitted.input[1] ?? 1)), int(top));
  const column = sub(binary('Mod', inImage, int(fitted.input[1] ?? 1)), int(left));
  const offsets = (count: number, step: number, shape: number[]): Value =>
    reshape(cast(range(count, step), 'int64'), shape);
  const place = mul(add(mul(row, int(width)), column), int(channels));
  const found = add(place, offsets(channels, 1, [channels, 1, 1]));
  const all = withBatch ? add(found, offsets(batch, height * width * channels, [batch, 1, 1, 1])) : found;
  return cast(fromChannelsFirst(all, windows), 'int32');
}

/**
 * tfjs's shortcut in two dimensions: if there are as many windows of one element as elements, the result is x, even
 * with padding.
 */
function isIdentity(x: Value, { size, input, output }: Windows): boolean {
  return x.shape.length === 4 && sizeOf(size) === 1 && sameShape(input, output);
}

const maximum = kernel<'x', PoolAttributes>(({ x }, attributes) => {
  const windows = poolWindows(x.shape, attributes);
  if (isIdentity(x, windows)) return x;
  return cast(fromChannelsFirst(maxPool(x, windows).values, windows), x.type);
});

const average = kernel<'x', PoolAttributes>(({ x }, attributes) => {
  const windows = poolWindows(x.shape, attributes);
  return isIdentity(x, windows) ? x : cast(averagePool(x, windows), x.type);
});

const averageGradient = kernel<'dy' | 'input', PoolAttributes>(({ dy, input }, attributes) =>
  averagePoolGradient(dy, poolWindows(input.shape, attributes)),
);

const maximumGradient = kernel<'dy' | 'input', PoolAttributes>(({ dy, input }, attributes) =>
  maxPoolGradient(dy, input, poolWindows(input.shape, attributes)),
);

export const POOLING: Record<string, Kernel> = {
  AvgPool: average,
  AvgPool3D: average,
  AvgPoolGrad: averageGradient,
  AvgPool3DGrad: averageGradient,
  MaxPool: maximum,
  MaxPool3D: maximum,
  MaxPoolGrad: maximumGradient,
  MaxPool3DGrad: maximumGradient,
  MaxPoolWithArgmax: kernel<'x', MaxPoolWithArgmaxAttrs>(({ x }, attributes) => {
    const windows = poolWindows(x.shape, attributes);
    const greatest = maxPool(x, windows);
    return [
      cast(fromChannelsFirst(greatest.values, windows), x.type),
      imagePositions(greatest, windows, attributes.includeBatchInIndex),
    ];
  }),
};
