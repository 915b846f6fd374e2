import { describe, expect, test } from 'vitest';
import { buildModelData, DOCUMENTS, QUERIES } from './data.js';

const data = buildModelData();

test('the same data every time', () => {
  expect(buildModelData()).toEqual(data);
});

describe('the retrieval task', () => {
  const documents = new Set(data.corpus.map(({ text }) => text));

  test('has as many different queries and documents as it says', () => {
    expect(new Set(data.queries.map(({ text }) => text)).size).toBe(QUERIES);
    expect(documents.size).toBe(DOCUMENTS);
    expect(new Set(data.corpus.map(({ id }) => id)).size).toBe(DOCUMENTS);
  });

  test('has a relevant document for every query, and judges nothing twice or that is not there', () => {
    expect(new Set(data.qrels.map(({ query_id }) => query_id))).toEqual(
      new Set(data.queries.map(({ id }) => id)),
    );
    const ids = new Set(data.corpus.map(({ id }) => id));
    expect(data.qrels.filter(({ corpus_id }) => !ids.has(corpus_id))).toEqual([]);
    expect(new Set(data.qrels.map((qrel) => JSON.stringify(qrel))).size).toBe(data.qrels.length);
  });

  test('shares neither a query nor a document with the training pairs', () => {
    const asked = new Set(data.queries.map(({ text }) => text.toLowerCase()));
    expect(data.pairs.filter(({ anchor }) => asked.has(anchor.toLowerCase()))).toEqual([]);
    expect(data.pairs.filter(({ positive }) => documents.has(positive))).toEqual([]);
    expect(data.pairs.length).toBeGreaterThan(100_000);
  });
});

test('the texts are 2,000 of 1 to 100 words, many short and many long', () => {
  const words = data.texts.map(({ text }) => text.split(' ').length);
  expect(words).toHaveLength(2000);
  expect(Math.min(...words)).toBe(1);
  expect(Math.max(...words)).toBeLessThanOrEqual(100);
  expect(words.filter((count) => count <= 5).length).toBeGreaterThan(400);
  expect(words.filter((count) => count >= 40).length).toBeGreaterThan(400);
  expect(data.texts.filter(({ text }) => text.trim() !== text || text === '')).toEqual([]);
});
