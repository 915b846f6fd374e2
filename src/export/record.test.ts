import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { BackgroundSession } from '../engine/runtime/background/background-session.js';
import { Session } from '../engine/runtime/session.js';
import { setEngine } from '../engine/set-engine.js';
import { modelFixture } from '../testing/new-encoders.js';
import { recordRoute } from './record.js';

let encoder: SparseEncoder | undefined;

beforeAll(() => setEngine('onnx'));
afterEach(() => encoder?.dispose());

test('no operator gets a tensor without elements, however few texts there are', async () => {
  encoder = await SparseEncoder.load(modelFixture('splade-bert'));
  const { modules } = encoder;
  const { graph } = await recordRoute({ modules, takesTokenTypes: true, facts: {}, target: 'any' }, 'dense');
  const { nodes } = graph;
  // Groups of texts would appear as slices whose bounds are shares of the number of texts, and as several maxima.
  const producers = new Map(nodes.map((node) => [node.outputs[0], node]));
  const sliced = nodes.filter(({ op, inputs }) => op === 'Slice' && producers.get(inputs[1])?.op === 'Div');
  expect(sliced).toEqual([]);
  const maxima = nodes.filter(
    ({ op, inputs }) => op === 'ReduceMax' && producers.get(inputs[0])?.op === 'MatMul',
  );
  expect(maxima).toHaveLength(1);
});

test.each(['splade-bert', 'csr'])('no session is opened to record %s', async (name) => {
  const created = [vi.spyOn(Session, 'create'), vi.spyOn(BackgroundSession, 'create')];
  encoder = await SparseEncoder.load(modelFixture(name));
  for (const target of ['any', 'cpu'] as const) {
    const { modules } = encoder;
    const { graph } = await recordRoute({ modules, takesTokenTypes: true, facts: {}, target }, 'dense');
    expect(graph.initializers.length).toBeGreaterThan(10);
  }
  for (const each of created) expect(each).not.toHaveBeenCalled();
});
