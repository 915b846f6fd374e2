import { describe, expect, it } from 'vitest';
import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { OptionError, UsageError } from '../../errors.js';
import type { RetrievalTask } from '../../evaluation/retrieval-task.js';
import { sparseFromRows } from '../../sparse/from-rows.js';
import { SparseIndex } from '../../sparse/search/sparse-index.js';
import { encoderOf, exported } from '../../testing/exports.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { failuresIn } from '../certificate.js';
import { exportOnnx } from '../export-onnx.js';
import { compareRankings } from './compare-rankings.js';
import { BUILT_IN_TEXTS } from './texts.js';
import { verifyOnnx } from './verify-onnx.js';

const QUERIES = ['a tree', 'someone who writes books', 'water runs in the house'];

/** A task that an encoder solves perfectly: the document that it ranks first is the relevant one. */
async function taskOf(encoder: SparseEncoder): Promise<RetrievalTask> {
  const documents = BUILT_IN_TEXTS.filter((text) => text.length > 10);
  const index = SparseIndex.fromMatrix(await encoder.encodeDocument(documents));
  const hits = index.search(await encoder.encodeQuery(QUERIES), 1);
  return { queries: QUERIES, documents, relevant: hits.map(({ documents: best }) => new Set(best)) };
}

const RIGHT = { queries: 3, overlapAt10: 1, ndcgAt10: { encoder: 1, exported: 1 }, failures: [] };

describe('compareRankings', () => {
  it('finds that an encoder ranks as itself', async () => {
    const encoder = await encoderOf('splade-bert');
    expect(await compareRankings(encoder, encoder, await taskOf(encoder))).toMatchObject(RIGHT);
  });

  it('fails what ranks worse', async () => {
    const encoder = await encoderOf('splade-bert');
    const blind = encoder.withEmbedder({
      embed: ({ texts }) =>
        Promise.resolve(
          sparseFromRows(
            Array.from({ length: texts }, () => []),
            300,
          ),
        ),
      dispose: () => Promise.resolve(),
    });
    const { ndcgAt10, overlapAt10, failures } = await compareRankings(encoder, blind, await taskOf(encoder));
    expect([ndcgAt10.encoder, overlapAt10 < 1]).toEqual([1, true]);
    expect(failures).toEqual([
      expect.stringMatching(/^nDCG@10 falls by 0\.\d{4} to 0\.\d{4}; at most 0\.005 may be lost$/),
    ]);
    expect(
      failuresIn([], { ...RIGHT, documents: 1, textsPerSecond: { encoder: 1, exported: 1 }, failures }),
    ).toEqual([`retrieval: ${failures[0]}`]);
  });
});

describe('verifyOnnx, of rankings', () => {
  it.each([
    ['splade-bert', 'sparse'],
    ['splade-bert', 'all'],
    ['inference-free', 'dense'],
  ] as const)('compares those of %s as %s', async (name, format) => {
    const { encoder, folder } = await exported(name, { format });
    const told: number[] = [];
    const { verdict, ranking } = await verifyOnnx(folder, encoder, {
      retrieval: await taskOf(encoder),
      onProgress: (_what, done) => told.push(done),
    });
    expect(verdict).toBe('passed');
    expect(ranking).toMatchObject(RIGHT);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  });

  it('has none of a file that has failed for want of embeddings', async () => {
    const encoder = await encoderOf('splade-bert');
    const { folder } = await exported('csr', { format: 'dense' });
    const certificate = await verifyOnnx(folder, encoder, { retrieval: await taskOf(encoder) });
    expect([certificate.verdict, certificate.ranking]).toEqual(['failed', undefined]);
  });

  it('refuses files that stop at the logits', async () => {
    const { encoder, folder } = await exported('splade-bert', { format: 'logits' });
    const retrieval = await taskOf(encoder);
    await expect(verifyOnnx(folder, encoder, { retrieval })).rejects.toThrow(
      /model\.onnx gives logits; rankings need files that give embeddings/,
    );
    const exporting = exportOnnx(encoder, { output: `${temporaryFolder()}/x`, format: 'logits', retrieval });
    await expect(exporting).rejects.toThrow(UsageError);
  });

  it('refuses the file of one route', async () => {
    const { encoder, folder } = await exported('inference-free', { format: 'dense' });
    const path = `${folder}/onnx/query_model.onnx`;
    await expect(verifyOnnx(path, encoder, { retrieval: await taskOf(encoder) })).rejects.toThrow(
      new UsageError(
        `${path} stands for one route of the encoder; rankings need a folder with the files of all routes`,
      ),
    );
  });

  it.each([
    ['no documents', { documents: [] }],
    ['a query that is not a text', { queries: ['a', 'b', 3] }],
    ['fewer sets than queries', { relevant: [new Set([0])] }],
    ['lists for sets', { relevant: [[0], [1], [2]] }],
    ['a document that is not there', { relevant: [new Set([0]), new Set(), new Set([99])] }],
    ['nothing to find', { relevant: [new Set(), new Set(), new Set()] }],
  ])('refuses %s', async (_what, change) => {
    const encoder = await encoderOf('splade-bert');
    const right: RetrievalTask = {
      queries: QUERIES,
      documents: ['a', 'b', 'c'],
      relevant: QUERIES.map((_, index) => new Set([index])),
    };
    const retrieval = { ...right, ...change } as RetrievalTask;
    await expect(verifyOnnx('x', encoder, { retrieval })).rejects.toThrow(OptionError);
    await expect(exportOnnx(encoder, { output: 'x', retrieval })).rejects.toThrow(OptionError);
  });
});
