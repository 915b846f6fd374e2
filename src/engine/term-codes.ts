import type { ElementType, TypedArray } from '../onnx/model.js';
import { Value } from './graph.js';
import { scalar, zeros } from './ops/constants.js';
import { add, div, mul, unary } from './ops/elementwise.js';
import { emit } from './ops/emit.js';
import { reshape } from './ops/layout.js';
import { reduce } from './ops/reduce.js';
import { LARGEST_CODE, QuantizedMatrices, quantizeRows, roundingOf } from './quantized-rows.js';

/** The rows of a decoder [V, D] as codes of 7 bits, with what bounds the errors of the codes: see `QuantizedRows`. */
export interface TermCodes {
  /** int8 [V, D] */
  readonly codes: Value;
  /** [1, V], as the following ones. */
  readonly scales: Value;
  readonly norms: Value;
  readonly errors: Value;
}

/** The squares of an element that is as large as half of this unit are not too small for float32. */
const SMALLEST_UNIT = 2 ** -60;

/** Covers the rounding of the quotient whose nearest whole number is a code. */
const NEARLY_HALF = 0.5 * (1 + 2 ** -8);

/**
 * For parameters that never change: each decoder is quantized once, by `quantize`. The recorded function has no codes for a
 * decoder that it computes.
 */
export function codesOnce(quantize = quantizeRows): (decoder: Value) => TermCodes | undefined {
  const matrices = new QuantizedMatrices(quantize);
  return ({ source, shape, size }) => {
    const [vocabulary = 0, width = 0] = shape;
    const elements = source.kind === 'data' ? source.elements : undefined;
    if (!(elements instanceof Float32Array) || elements.length !== size) return undefined;
    const { codes, scales, norms, errors } = matrices.of(elements, width);
    const row = (x: Float32Array): Value => constant('float32', x, [1, vocabulary]);
    return {
      codes: constant('int8', codes, [vocabulary, width]),
      scales: row(scales),
      norms: row(norms),
      errors: row(errors),
    };
  };
}

/**
 * For parameters that change: the program quantizes the decoder in each run.
 *
 * Each element of a row is at most half a unit away from its code. The norms are bounded instead of computed, which would
 * write the whole matrix twice more; the bounds let a few more terms pass.
 */
export function codesInEachRun(decoder: Value): TermCodes {
  const [vocabulary = 0, width = 0] = decoder.shape;
  const negative = unary('Neg', reduce('ReduceMin', decoder, [1], false));
  const shape = [vocabulary];
  const largest = emit('Max', [reduce('ReduceMax', decoder, [1], false), negative], {
    type: 'float32',
    shape,
  });
  const unit = div(largest, scalar(LARGEST_CODE, 'float32'));
  const scales = emit('Max', [unit, scalar(SMALLEST_UNIT, 'float32')], { type: 'float32', shape });
  const zero = zeros(shape, 'int8');
  const codes = emit(
    'QuantizeLinear',
    [decoder, scales, zero],
    { type: 'int8', shape: decoder.shape },
    { attributes: { axis: { int: 0 } } },
  );
  const row = (x: Value): Value => reshape(x, [1, vocabulary]);
  // NaN where the row has elements that are not finite.
  const ofRows = row(div(reduce('ReduceL2', decoder, [1], false), scales));
  const halves = scalar(NEARLY_HALF * Math.sqrt(width), 'float32');
  return {
    codes,
    scales: row(scales),
    norms: add(ofRows, halves),
    errors: add(mul(ofRows, scalar(roundingOf(width), 'float32')), halves),
  };
}

function constant(type: ElementType, elements: TypedArray, shape: readonly number[]): Value {
  return new Value(type, shape, { kind: 'constant', elements });
}
