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
import type { Attributes, Initializer, OnnxGraph, OnnxModel } from '../model.js';
import { quantizeDynamic } from './quantize-dynamic.js';

const WIDTH = 24;
const wave = (length: number, frequency: number): number[] =>
  Array.from({ length }, (_, at) => Math.sin(frequency * at + 0.3) * (1 + (at % 3)));

/** weight, and y = x weight for x [rows, WIDTH]. */
function product(columns: number, more: Partial<OnnxGraph> = {}): OnnxModel {
  return modelOf([float32Weight('weight', [WIDTH, columns], wave(WIDTH * columns, 1.7))], {
    nodes: [node('MatMul', ['x', 'weight'], 'y')],
    inputs: [float32Value('x', 'rows', WIDTH)],
    outputs: [float32Value('y', 'rows', columns)],
    ...more,
  });
}

const ops = ({ graph }: OnnxModel): string[] => graph.nodes.map(({ op }) => op);
const ofType = ({ graph }: OnnxModel, type: string): Initializer[] =>
  graph.initializers.filter(({ tensor }) => tensor.type === type);
const x = floats([3, WIDTH], wave(3 * WIDTH, 0.9));

/**
 * Half a step of each factor times the other factor, summed over the width: |x| <= 3, steps 3 / 127; |w| <= 3, steps 3
 * / 64. Float32 sums add some millionths.
 */
const BOUND = WIDTH * ((3 * 3) / 128 + (3 * 3) / 254 + 9 / (4 * 64 * 127));

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, element, at) => Math.max(most, Math.abs(element - (b[at] as number))), 0);
}

describe('a product with a constant', () => {
  it('is computed in whole numbers, as near as its steps allow, at every optimization level', async () => {
    const model = product(8);
    const quantized = quantizeDynamic(model);
    expect(ops(quantized)).toContain('MatMulInteger');
    expect(ops(quantized)).not.toContain('MatMul');
    expect(ofType(quantized, 'int8').map(({ tensor }) => tensor.dims)).toEqual([[WIDTH, 8]]);
    const { y: exact } = await runOnnx(model, { x });
    for (const level of OPTIMIZATION_LEVELS) {
      const { y } = await runOnnx(quantized, { x }, level);
      const difference = largestDifference(y?.data as Float32Array, exact?.data as Float32Array);
      expect(difference).toBeLessThan(BOUND);
      expect(difference).toBeGreaterThan(0);
    }
  });

  it('of a row does not depend on other rows', async () => {
    const quantized = quantizeDynamic(product(8));
    const { y: alone } = await runOnnx(quantized, { x: floats([1, WIDTH], wave(WIDTH, 0.9)) });
    const others = [...wave(WIDTH, 0.9), ...wave(2 * WIDTH, 5).map((each) => each * 1000)];
    const { y: together } = await runOnnx(quantized, { x: floats([3, WIDTH], others) });
    expect([...(together?.data.subarray(0, 8) ?? [])]).toEqual([...(alone?.data ?? [])]);
  });

  it('may have more dimensions on its left, no rows, and rows of zeros', async () => {
    const model = product(8, {
      inputs: [float32Value('x', 'a', 'b', WIDTH)],
      outputs: [float32Value('y', 'a', 'b', 8)],
    });
    const quantized = quantizeDynamic(model);
    const { y } = await runOnnx(quantized, { x: floats([2, 2, WIDTH], wave(4 * WIDTH, 0.9)) });
    const { y: flat } = await runOnnx(quantizeDynamic(product(8)), {
      x: floats([4, WIDTH], wave(4 * WIDTH, 0.9)),
    });
    expect(y?.dims).toEqual([2, 2, 8]);
    expect(y?.data).toEqual(flat?.data);
    expect((await runOnnx(quantized, { x: floats([0, 2, WIDTH], []) }))['y']?.dims).toEqual([0, 2, 8]);
    const zeros = await runOnnx(quantizeDynamic(product(8)), {
      x: floats([1, WIDTH], wave(WIDTH, 0).fill(0)),
    });
    expect([...(zeros['y']?.data ?? [])]).toEqual(Array.from({ length: 8 }, () => 0));
  });

  it('has weights of 7 bits, or of 8 on request', () => {
    const largest = (bits: 7 | 8): number => {
      const [codes] = ofType(quantizeDynamic(product(8), { weightBits: bits }), 'int8');
      return Math.max(...Array.from(codes?.tensor.data as Int8Array, Math.abs));
    };
    expect([largest(7), largest(8)]).toEqual([64, 127]);
  });

  it('stays in float32 on request', () => {
    const seen: unknown[] = [];
    const model = product(8, {
      nodes: [node('MatMul', ['x', 'weight'], 'hidden'), node('MatMul', ['hidden', 'back'], 'y')],
      initializers: [
        float32Weight('weight', [WIDTH, 8], wave(WIDTH * 8, 1)),
        float32Weight('back', [8, WIDTH], wave(WIDTH * 8, 2)),
      ],
    });
    const quantized = quantizeDynamic(model, {
      keepFloat32: (each) => seen.push(each) > 0 && each.inputWidth < each.outputWidth,
    });
    expect(seen).toEqual([
      { output: 'hidden', inputWidth: WIDTH, outputWidth: 8 },
      { output: 'y', inputWidth: 8, outputWidth: WIDTH },
    ]);
    expect(ops(quantized).filter((op) => op.startsWith('MatMul'))).toEqual(['MatMulInteger', 'MatMul']);
  });
});

describe('Gemm', () => {
  const gemm = (attributes: Attributes): OnnxModel =>
    modelOf(
      [float32Weight('weight', [8, WIDTH], wave(WIDTH * 8, 1.7)), float32Weight('bias', [8], wave(8, 3))],
      {
        nodes: [node('Gemm', ['x', 'weight', 'bias'], 'y', { transB: { int: 1 }, ...attributes })],
        inputs: [float32Value('x', 'rows', WIDTH)],
        outputs: [float32Value('y', 'rows', 8)],
      },
    );

  it('with a transposed weight and a bias is a product and a sum', async () => {
    const quantized = quantizeDynamic(gemm({}));
    expect(ops(quantized)).not.toContain('Gemm');
    const { y: exact } = await runOnnx(gemm({}), { x });
    for (const level of OPTIMIZATION_LEVELS) {
      const { y } = await runOnnx(quantized, { x }, level);
      expect(largestDifference(y?.data as Float32Array, exact?.data as Float32Array)).toBeLessThan(BOUND);
    }
  });

  it.each([{ alpha: { float: 2 } }, { beta: { float: 0.5 } }, { transA: { int: 1 } }])(
    'that does more than that is left alone: %j',
    (attributes) => {
      expect(() => quantizeDynamic(gemm(attributes))).toThrow('int8 would change nothing in "graph"');
    },
  );
});

describe('a table that is the transposed right side of products, too', () => {
  const VOCABULARY = 3000;
  /** Rows of the table by ids, and the maxima over the length of their products with parts of the table. */
  const tied = modelOf(
    [
      float32Weight('table', [VOCABULARY, WIDTH], wave(VOCABULARY * WIDTH, 0.77)),
      ...[0, 1, 2000, 4000].map((each) => int64Weight(`n${each}`, each)),
    ],
    {
      nodes: [
        node('Gather', ['table', 'ids'], 'states'),
        node('Slice', ['table', 'n0', 'n2000', 'n0', 'n1'], 'first'),
        node('Transpose', ['first'], 'first right', { perm: { ints: [1, 0] } }),
        node('MatMul', ['states', 'first right'], 'first logits'),
        node('ReduceMax', ['first logits', 'n1'], 'first maxima', { keepdims: { int: 0 } }),
        node('Slice', ['table', 'n2000', 'n4000', 'n0'], 'second'),
        node('Transpose', ['second'], 'second right'),
        node('MatMul', ['states', 'second right'], 'second logits'),
        node('ReduceMax', ['second logits', 'n1'], 'second maxima', { keepdims: { int: 0 } }),
        node('Concat', ['first maxima', 'second maxima'], 'y', { axis: { int: 1 } }),
      ],
      inputs: [{ name: 'ids', type: 'int64', dims: ['texts', 'length'] }],
      outputs: [float32Value('y', 'texts', VOCABULARY)],
    },
  );
  const ids = { type: 'int64', dims: [2, 3], data: BigInt64Array.of(5n, 2999n, 7n, 1n, 0n, 2000n) } as const;

  it('is stored once, in int8 with a scale for each row', () => {
    const quantized = quantizeDynamic(tied);
    const large = quantized.graph.initializers.filter(({ tensor }) => tensor.data.length > VOCABULARY);
    expect(large.map(({ tensor }) => [tensor.type, tensor.dims])).toEqual([['int8', [VOCABULARY, WIDTH]]]);
    const scales = ofType(quantized, 'float32').map(({ tensor }) => tensor.dims);
    expect(scales).toEqual(expect.arrayContaining([[VOCABULARY, 1], [2000], [1000]]));
  });

  it('gives maxima of whole numbers, near those of the products', async () => {
    const quantized = quantizeDynamic(tied);
    const integers = quantized.graph.nodes.filter(({ op }) => op === 'MatMulInteger');
    for (const { outputs } of integers) {
      const [reader] = quantized.graph.nodes.filter(({ inputs }) => inputs.includes(outputs[0] ?? ''));
      expect(reader?.op).toBe('ReduceMax');
    }
    const { y: exact } = await runOnnx(tied, { ids });
    for (const level of OPTIMIZATION_LEVELS) {
      const { y } = await runOnnx(quantized, { ids }, level);
      // The states have an error of half a step of the table's codes, too.
      const bound = BOUND + WIDTH * ((3 * 3) / 128);
      expect(largestDifference(y?.data as Float32Array, exact?.data as Float32Array)).toBeLessThan(bound);
    }
  });

  it('keeps float32 rows without the option tables', () => {
    const quantized = quantizeDynamic(tied, { tables: false });
    expect(ofType(quantized, 'float32').map(({ name }) => name)).toContain('table');
  });

  it('maxima over the last axis, or beside another reader of the product, need the products', () => {
    const over = (axis: string, outputs = tied.graph.outputs): OnnxModel => {
      const nodes = tied.graph.nodes.map((each) =>
        each.outputs[0] === 'first maxima' ? { ...each, inputs: ['first logits', axis] } : each,
      );
      return quantizeDynamic({ ...tied, graph: { ...tied.graph, nodes, outputs } });
    };
    const maximaOf = (model: OnnxModel): string | undefined =>
      model.graph.nodes.find(({ outputs }) => outputs.includes('first maxima'))?.op;
    expect(maximaOf(over('n1'))).toBe('Mul');
    const initializers = [...tied.graph.initializers, int64Weight('last', 2)];
    const last = { ...tied, graph: { ...tied.graph, initializers } };
    const nodes = last.graph.nodes.map((each) =>
      each.outputs[0] === 'first maxima' ? { ...each, inputs: ['first logits', 'last'] } : each,
    );
    expect(maximaOf(quantizeDynamic({ ...last, graph: { ...last.graph, nodes } }))).toBe('ReduceMax');
    const both = [...tied.graph.outputs, float32Value('first logits', 'texts', 'length', 2000)];
    expect(maximaOf(over('n1', both))).toBe('ReduceMax');
  });
});

describe('what int8 cannot do', () => {
  it('names a node with a graph of its own', () => {
    const model = product(8);
    const branch = { then_branch: { graph: model.graph }, else_branch: { graph: model.graph } };
    const nodes = [...model.graph.nodes, node('If', ['x'], 'z', branch)];
    expect(() => quantizeDynamic({ ...model, graph: { ...model.graph, nodes } })).toThrow(
      'int8 is not available for "graph": its node If (z) holds a graph of its own; expected none',
    );
  });

  it('names the operator set', () => {
    expect(() => quantizeDynamic({ ...product(8), opset: 17 })).toThrow(
      '"graph" has opset 17; int8 needs at least 18',
    );
  });

  it('refuses a model in which it would change nothing', () => {
    const model = modelOf([], {
      nodes: [node('MatMul', ['x', 'x'], 'y')],
      inputs: [float32Value('x', 2, 2)],
      outputs: [float32Value('y', 2, 2)],
    });
    expect(() => quantizeDynamic(model)).toThrow(
      'int8 would change nothing in "graph": it has no MatMul or Gemm whose right side is a constant float32 matrix',
    );
  });
});
