import { describe, expect, it } from 'vitest';
import { sparseFromRows } from '../../src/api/sparse.js';
import { ReferenceUnavailableError } from '../../src/python/errors.js';
import type { Consumer, Outcome } from './consumer.js';
import { ConsumerUnavailableError } from './errors.js';
import type { ExportedGraph } from './exported-graph.js';
import { exitCodeFor, renderRows } from './report.js';
import { type Row, tryConsumer } from './try-consumers.js';

const GRAPH: ExportedGraph = {
  folder: 'models/exported',
  file: 'onnx/model.onnx',
  format: 'all',
  precision: 'fp32',
  maxActiveDims: null,
  inputNames: ['input_ids'],
  tokenizer: '',
  addSpecialTokens: true,
  maxLength: 8,
  paddingToken: '[PAD]',
  pooling: { strategy: 'max', activation: 'relu' },
  hasTokens: true,
};
const TEXTS = ['a', 'b c'];
const EMBEDDINGS = sparseFromRows([[[1, 2]], [[0, 1]]], 4);
const EXPECTED = { embeddings: EMBEDDINGS, spread: EMBEDDINGS, ids: [[5], [6, 7]], maxActiveDims: null };
const OUTCOME: Outcome = {
  version: 'a runtime 1.0',
  loadSeconds: 1,
  encodeSeconds: 0.25,
  embeddings: [
    { indices: [1], values: [2] },
    { indices: [0], values: [1] },
  ],
  ids: [[5], [6, 7]],
};

async function outcomeOf(
  outcome: Outcome | Error,
  changes: Partial<Consumer> = {},
  graph: Partial<ExportedGraph> = {},
): Promise<Row> {
  const run: Consumer['run'] = async () => {
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const consumer = { summary: 'a runtime', formats: ['all' as const], tasks: false, run, ...changes };
  return await tryConsumer('runtime', consumer, EXPECTED, {
    graph: { ...GRAPH, ...graph },
    texts: TEXTS,
    log: () => undefined,
  });
}

describe('tryConsumer', () => {
  it('agrees where weights do', async () => {
    const row = await outcomeOf(OUTCOME);
    expect(row).toMatchObject({ model: 'exported', verdict: 'agrees', version: 'a runtime 1.0' });
    expect(row.note).toBeUndefined();
  });

  it('differs by a weight, and by a term that only one side has', async () => {
    const other = {
      ...OUTCOME,
      embeddings: [{ indices: [1, 3], values: [2, 0.5] }, ...OUTCOME.embeddings.slice(1)],
    };
    const row = await outcomeOf(other);
    expect(row.verdict).toBe('differs');
    expect(row.comparison?.agreement).toMatchObject({ worstError: 0.25, supportDifferences: 1 });
    expect(row.note).toContain('text 0, dimension 3');
  });

  it('does not compare texts with other tokens, which are a fault unless it is known for them', async () => {
    const other = {
      ...OUTCOME,
      embeddings: [{ indices: [3], values: [9] }, ...OUTCOME.embeddings.slice(1)],
      ids: [[4], [6, 7]],
    };
    expect(await outcomeOf(other)).toMatchObject({ verdict: 'differs', note: '1 text has other tokens' });
    expect(await outcomeOf(other, { otherTokens: 'it reads a as e' })).toMatchObject({
      verdict: 'agrees',
      note: '1 text has other tokens: it reads a as e',
      comparison: { otherTokens: 1, agreement: { texts: 1, worstError: 0 } },
    });
    expect(
      await outcomeOf({ ...other, ids: [[4], [4]] }, { otherTokens: 'it reads all as e' }),
    ).toMatchObject({
      verdict: 'differs',
      note: 'no text was compared; 2 texts have other tokens: it reads all as e',
    });
  });

  it('is not run for what it does not take', async () => {
    expect(await outcomeOf(OUTCOME, {}, { format: 'sparse' })).toMatchObject({
      verdict: 'does not take it',
      note: 'it takes the formats all',
    });
    expect(await outcomeOf(OUTCOME, {}, { task: 'query' })).toMatchObject({ verdict: 'does not take it' });
    expect(await outcomeOf(OUTCOME, { spladeOnly: true }, { hasTokens: false })).toMatchObject({
      verdict: 'does not take it',
      note: 'it takes SPLADE models',
    });
    const refusal: Consumer['refusal'] = ({ maxLength }) => (maxLength > 8 ? 'it takes 8 tokens' : undefined);
    expect(await outcomeOf(OUTCOME, { refusal }, { maxLength: 9 })).toMatchObject({
      verdict: 'does not take it',
      note: 'it takes 8 tokens',
    });
    expect(await outcomeOf(OUTCOME, { refusal })).toMatchObject({ verdict: 'agrees' });
  });

  it.each([
    [new ConsumerUnavailableError('no browser'), 'unavailable'],
    [new ReferenceUnavailableError('not-found', 'no Python'), 'unavailable'],
    [new Error('a bad output'), 'failed'],
  ])('%s is a verdict', async (error, verdict) => {
    expect(await outcomeOf(error)).toMatchObject({ verdict, note: error.message });
  });

  it('fails where an embedding is missing', async () => {
    expect(await outcomeOf({ ...OUTCOME, embeddings: [] })).toMatchObject({
      verdict: 'failed',
      note: '0 embeddings for 2 texts',
    });
  });
});

describe('the report', () => {
  it('has a line for each row, and the notes below', async () => {
    const rows = [await outcomeOf(OUTCOME, {}), await outcomeOf(new ConsumerUnavailableError('no browser'))];
    const lines = renderRows(rows).split('\n');
    expect(lines[1]).toMatch(/^runtime +exported +all +agrees +2 +0\.0e\+0 +7\.6e-6$/);
    expect(lines[2]).toMatch(/^runtime +exported +all +unavailable$/);
    expect(lines.at(-1)).toBe('runtime, exported: no browser');
  });

  it('says of int8 what is bounded instead of a weight, and of a graph which it is', async () => {
    const row = await outcomeOf(OUTCOME, { tasks: true }, { precision: 'int8', task: 'query' });
    const text = renderRows([row, { ...row, note: 'slow' }]);
    expect(text).toMatch(/^runtime +exported \(query\) +all, int8 +agrees +2 +0\.0e\+0 +no bound$/m);
    expect(text).toContain('\nOf int8 the distance between embeddings is bounded');
    expect(text).toContain('\nruntime, exported (query): slow');
  });

  it('ends with 1 for a finding, else with 3 for what is missing', async () => {
    const row = await outcomeOf(OUTCOME);
    const missing: Row = { ...row, verdict: 'unavailable' };
    const refused: Row = { ...row, verdict: 'does not take it' };
    expect(exitCodeFor([row, refused])).toBe(0);
    expect(exitCodeFor([row, missing])).toBe(3);
    expect(exitCodeFor([missing, { ...row, verdict: 'differs' }])).toBe(1);
    expect(exitCodeFor([missing, { ...row, verdict: 'failed' }])).toBe(1);
  });
});
