import { describe, expect, it } from 'vitest';
import { modelOf } from '../../testing/onnx-models.js';
import {
  float32Value,
  float32Weight,
  floats,
  int64Weight,
  node,
  OPTIMIZATION_LEVELS,
  runOnnx,
} from '../../testing/run-onnx.js';
import type { Initializer, OnnxModel, OnnxNode } from '../model.js';
import { toFloat16 } from './to-float16.js';

const WIDTH = 8;
const wave = (length: number, size = 1): number[] =>
  Array.from({ length }, (_, at) => Math.sin(1.3 * at + 0.3) * size);

/** y of x [rows, WIDTH] by these nodes. */
function modelWith(nodes: readonly OnnxNode[], initializers: readonly Initializer[]): OnnxModel {
  return modelOf(initializers, {
    nodes,
    inputs: [float32Value('x', 'rows', WIDTH)],
    outputs: [float32Value('y', 'rows', WIDTH)],
  });
}

const square = float32Weight('square', [WIDTH, WIDTH], wave(WIDTH * WIDTH));

/** Centred, then divided by the root of the mean square plus a small number, as the recorder writes a norm. */
const NORM = [
  node('ReduceMean', ['x', 'axes'], 'mean', { keepdims: { int: 1 } }),
  node('Sub', ['x', 'mean'], 'centred'),
  node('Mul', ['centred', 'centred'], 'squares'),
  node('ReduceMean', ['squares', 'axes'], 'variance', { keepdims: { int: 1 } }),
  node('Add', ['variance', 'epsilon'], 'positive'),
  node('Sqrt', ['positive'], 'deviation'),
  node('Reciprocal', ['deviation'], 'factor'),
  node('Mul', ['centred', 'factor'], 'normalized'),
  node('Mul', ['normalized', 'weight'], 'weighted'),
  node('Add', ['weighted', 'bias'], 'normal'),
];
const NORM_WEIGHTS = [
  int64Weight('axes', 1),
  float32Weight('epsilon', [], [1e-12]),
  float32Weight('weight', [WIDTH], wave(WIDTH)),
  float32Weight('bias', [WIDTH], wave(WIDTH, 0.5)),
];

const typeOf = ({ graph }: OnnxModel, name: string): string | undefined =>
  graph.initializers.find((each) => each.name === name)?.tensor.type;
const opsAndTypes = ({ graph }: OnnxModel): string[] =>
  graph.nodes.map(({ op, attributes }) => {
    const { to } = attributes;
    return to !== undefined && 'int' in to ? `${op} ${to.int}` : op;
  });
const rows = (size = 1): ReturnType<typeof floats> => floats([3, WIDTH], wave(3 * WIDTH, size));

function worst(found: Float32Array, expected: Float32Array): number {
  const scale = expected.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  return found.reduce(
    (most, each, at) => Math.max(most, Math.abs(each - (expected[at] as number)) / scale),
    0,
  );
}

describe('a product', () => {
  const model = modelWith([node('MatMul', ['x', 'square'], 'y')], [square]);

  it('computes in float16 with a weight of half the size', async () => {
    const half = toFloat16(model);
    expect(half.graph.initializers.map(({ tensor }) => [tensor.type, tensor.data.byteLength])).toEqual([
      ['float16', 2 * WIDTH * WIDTH],
    ]);
    expect(opsAndTypes(half)).toEqual(['Cast 10', 'MatMul']);
    const { y: exact } = await runOnnx(model, { x: rows() });
    for (const level of OPTIMIZATION_LEVELS) {
      const { y } = await runOnnx(half, { x: rows() }, level);
      expect(y?.type).toBe('float16');
      // Three roundings to 11 bits: both factors and the result.
      expect(worst(y?.data as Float32Array, exact?.data as Float32Array)).toBeLessThan(4 * 2 ** -11);
    }
  });

  it('keeps its output float32 where that is asked for', async () => {
    const half = toFloat16(model, { floatOutputs: true });
    expect(half.graph.outputs).toEqual(model.graph.outputs);
    expect(opsAndTypes(half)).toEqual(['Cast 10', 'MatMul', 'Cast 1']);
    expect((await runOnnx(half, { x: rows() }))['y']?.type).toBe('float32');
  });

  it('of weights that float16 does not have stays float32', () => {
    const large = {
      ...square,
      tensor: { ...square.tensor, data: new Float32Array(WIDTH * WIDTH).fill(7e4) },
    };
    const half = toFloat16(modelWith(model.graph.nodes, [large]), { floatOutputs: true });
    expect(typeOf(half, 'square')).toBe('float32');
    expect(opsAndTypes(half)).toEqual(['MatMul']);
  });

  it('reads a Constant as it reads a weight', () => {
    const constant = node('Constant', [], 'square', { value: { tensor: square.tensor } });
    expect(opsAndTypes(toFloat16(modelWith([constant, ...model.graph.nodes], [])))).toEqual([
      'Cast 10',
      'MatMul',
    ]);
  });
});

describe('a norm', () => {
  const model = modelWith([...NORM, node('MatMul', ['normal', 'square'], 'y')], [...NORM_WEIGHTS, square]);

  it('stays float32 as a whole, up to the product that reads it', () => {
    const half = toFloat16(model);
    expect(opsAndTypes(half)).toEqual([...NORM.map(({ op }) => op), 'Cast 10', 'MatMul']);
    expect(['epsilon', 'weight', 'bias'].map((name) => typeOf(half, name))).toEqual([
      'float32',
      'float32',
      'float32',
    ]);
  });

  it.each([1e-5, 1, 3000])('of values of size %d, whose squares float16 has not, is right', async (size) => {
    const { y: exact } = await runOnnx(model, { x: rows(size) });
    for (const level of OPTIMIZATION_LEVELS) {
      const { y } = await runOnnx(toFloat16(model), { x: rows(size) }, level);
      expect(worst(y?.data as Float32Array, exact?.data as Float32Array)).toBeLessThan(4 * 2 ** -11);
    }
  });

  it('takes what is added before it in float32', () => {
    const before = [node('MatMul', ['input', 'square'], 'product'), node('Add', ['product', 'input'], 'x')];
    const residual = modelOf([...NORM_WEIGHTS, square], {
      nodes: [...before, ...NORM, node('MatMul', ['normal', 'square'], 'y')],
      inputs: [float32Value('input', 'rows', WIDTH)],
      outputs: [float32Value('y', 'rows', WIDTH)],
    });
    const ops = opsAndTypes(toFloat16(residual));
    expect(ops.slice(0, 5)).toEqual(['Cast 10', 'MatMul', 'Cast 1', 'Add', 'ReduceMean']);
    expect(ops.filter((op) => op.startsWith('Cast'))).toHaveLength(3);
  });
});

describe('attention', () => {
  /** Masked scores, their softmax, and the weighted sum. */
  const masked = (mask: number): OnnxModel =>
    modelWith(
      [
        node('MatMul', ['x', 'square'], 'scores'),
        node('Add', ['scores', 'mask'], 'masked'),
        node('Softmax', ['masked'], 'probabilities', { axis: { int: 1 } }),
        node('MatMul', ['probabilities', 'square'], 'y'),
      ],
      [square, float32Weight('mask', [WIDTH], [0, 0, mask, 0, mask, 0, 0, 0])],
    );

  it.each([-1e9, -3.4028234663852886e38, -Infinity, -1000])('masked by %d is as in float32', async (mask) => {
    const { y: exact } = await runOnnx(masked(mask), { x: rows() });
    for (const level of OPTIMIZATION_LEVELS) {
      const { y } = await runOnnx(toFloat16(masked(mask)), { x: rows() }, level);
      expect(worst(y?.data as Float32Array, exact?.data as Float32Array)).toBeLessThan(8 * 2 ** -11);
    }
  });

  it('has its softmax in float32, with one cast on either side', () => {
    expect(opsAndTypes(toFloat16(masked(-1e9)))).toEqual([
      'Cast 10',
      'MatMul',
      'Cast 1',
      'Add',
      'Softmax',
      'Cast 10',
      'MatMul',
    ]);
  });

  it('of float16 takes infinite constants over', async () => {
    const model = modelWith(
      [
        node('MatMul', ['x', 'square'], 'scores'),
        node('Where', ['condition', 'scores', 'infinity'], 'chosen'),
        node('Relu', ['chosen'], 'y'),
      ],
      [
        square,
        float32Weight('infinity', [], [-Infinity]),
        { name: 'condition', tensor: { type: 'bool', dims: [1], data: Uint8Array.of(0) } },
      ],
    );
    const half = toFloat16(model);
    expect(half.graph.initializers.find(({ name }) => name === 'infinity_float16')?.tensor.data).toEqual(
      Uint16Array.of(0xfc00),
    );
    expect([...((await runOnnx(half, { x: rows() }))['y']?.data ?? [])]).toEqual(wave(3 * WIDTH, 0).fill(0));
  });
});

it('a value that both types read is cast once, and never back', () => {
  const model = modelWith(
    [
      node('MatMul', ['x', 'square'], 'a'),
      node('Exp', ['a'], 'b'),
      node('Log', ['a'], 'c'),
      node('MatMul', ['a', 'square'], 'd'),
      node('MatMul', ['b', 'square'], 'e'),
      node('MatMul', ['c', 'b'], 'f', {}),
      node('Sum', ['d', 'e', 'f'], 'y'),
    ],
    [square],
  );
  const { nodes } = toFloat16(model).graph;
  const casts = nodes.filter(({ op }) => op === 'Cast');
  const sources = casts.map(({ inputs }) => inputs[0]);
  expect(sources).toEqual(['x', 'a', 'b', 'c']);
  const made = new Set(casts.flatMap(({ outputs }) => outputs));
  expect(sources.some((name) => made.has(name ?? ''))).toBe(false);
});

it('casts in the model, integers and bools stay unchanged', () => {
  const model = modelOf([int64Weight('one', 1), float32Weight('limit', [], [0.5])], {
    nodes: [
      node('Cast', ['ids'], 'wide', { to: { int: 1 } }),
      node('Greater', ['wide', 'limit'], 'is large'),
      node('Add', ['ids', 'one'], 'next'),
      node('Where', ['is large', 'next', 'ids'], 'y'),
    ],
    inputs: [{ name: 'ids', type: 'int64', dims: ['n'] }],
    outputs: [{ name: 'y', type: 'int64', dims: ['n'] }],
  });
  expect(toFloat16(model).graph).toEqual(model.graph);
});

describe('what float16 cannot do', () => {
  it('names an unknown operator', () => {
    const nodes = [{ ...node('Attention', ['x', 'square'], 'y'), domain: 'com.microsoft' }];
    expect(() => toFloat16(modelWith(nodes, [square]))).toThrow(
      'float16 is not available for "graph": it is not known whether com.microsoft.Attention (y) computes well enough in it',
    );
  });

  it('names a node with a graph of its own', () => {
    const model = modelWith([node('MatMul', ['x', 'square'], 'y')], [square]);
    const loop = node('Loop', ['x'], 'z', { body: { graph: model.graph } });
    const nodes = [...model.graph.nodes, loop];
    expect(() => toFloat16({ ...model, graph: { ...model.graph, nodes } })).toThrow(
      'its node Loop (z) holds a graph',
    );
  });

  it('refuses a model that is float16 already', () => {
    const half = toFloat16(modelWith([node('MatMul', ['x', 'square'], 'y')], [square]));
    expect(() => toFloat16(half)).toThrow(
      '"graph" has float16 weights (square_float16) already; expected float32',
    );
  });
});
