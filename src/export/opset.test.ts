import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import type { OnnxModel, OnnxNode } from '../onnx/model.js';
import { modelOf } from '../testing/onnx-models.js';
import { atOpset } from './opset.js';

const reduction = (op: string, inputs: readonly string[]): OnnxNode => ({
  op,
  name: 'a reduction',
  inputs,
  outputs: ['y'],
  attributes: { keepdims: { int: 0 } },
});

const scatter = (op: string, kind?: string): OnnxNode => ({
  op,
  name: 'a scatter',
  inputs: ['x', 'places', 'updates'],
  outputs: ['y'],
  attributes: kind === undefined ? {} : { reduction: { string: kind } },
});

const withNode = (node: OnnxNode): OnnxModel =>
  modelOf([{ name: 'axes', tensor: { type: 'int64', dims: [2], data: BigInt64Array.of(1n, -1n) } }], {
    nodes: [node],
  });

const nodeAt = (node: OnnxNode, opset: number): OnnxNode | undefined =>
  atOpset(withNode(node), opset).graph.nodes[0];

describe('atOpset', () => {
  it.each([
    [17, 8],
    [18, 8],
    [19, 9],
    [20, 9],
    [21, 10],
    [22, 10],
    [23, 11],
  ])('names opset %i and the IR version %i that came with it', (opset, irVersion) => {
    const model = withNode(scatter('ScatterElements', 'add'));
    expect(atOpset(model, opset)).toEqual({ ...model, opset, irVersion });
  });

  it.each([16, 24, 18.5, NaN])('refuses opset %d', (opset) => {
    expect(() => atOpset(modelOf([]), opset)).toThrow(UsageError);
    expect(() => atOpset(modelOf([]), opset)).toThrow(
      `opset is ${opset}; expected a whole number from 17 to 23`,
    );
  });

  it.each(['ReduceMax', 'ReduceMin', 'ReduceMean', 'ReduceProd', 'ReduceL2'])(
    'gives %s of opset 17 its axes as an attribute',
    (op) => {
      const node = reduction(op, ['x', 'axes']);
      expect(nodeAt(node, 17)).toEqual({
        ...node,
        inputs: ['x'],
        attributes: { keepdims: { int: 0 }, axes: { ints: [1, -1] } },
      });
      expect(nodeAt(node, 18)).toEqual(node);
      expect(nodeAt(reduction(op, ['x']), 17)).toEqual(reduction(op, ['x']));
    },
  );

  it('leaves ReduceSum as it is, whose axes are an input since opset 13', () => {
    const node = reduction('ReduceSum', ['x', 'axes']);
    expect(nodeAt(node, 17)).toEqual(node);
  });

  it('has no attribute for axes that are computed', () => {
    const node = reduction('ReduceMax', ['x', 'computed']);
    expect(() => nodeAt(node, 17)).toThrow(
      new UsageError(
        'the node a reduction is a ReduceMax whose axes are computed, which opset 17 does not have; expected opset 18 or later',
      ),
    );
    expect(nodeAt(node, 18)).toEqual(node);
  });

  it.each(['ScatterElements', 'ScatterND'])('refuses %s of a maximum before opset 18', (op) => {
    for (const kind of ['max', 'min']) {
      expect(() => nodeAt(scatter(op, kind), 17)).toThrow(
        `the node a scatter is a ${op} with reduction "${kind}", which opset 17 does not have`,
      );
      expect(nodeAt(scatter(op, kind), 18)).toEqual(scatter(op, kind));
    }
    for (const kind of [undefined, 'none', 'add', 'mul']) {
      expect(nodeAt(scatter(op, kind), 17)).toEqual(scatter(op, kind));
    }
  });
});
