import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EncodeOptions } from '../encoder/encode-options.js';
import type { Progress } from '../progress.js';
import { BLOCK_DOCUMENTS, type PostingBlock } from '../sparse/search/posting-block.js';
import { SparseIndex } from '../sparse/search/sparse-index.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';

/** Documents that are encoded in one call, so that texts of similar length meet. */
const DOCUMENTS_AT_A_TIME = 4096;

export type EncodeDocuments = (texts: readonly string[], options: EncodeOptions) => Promise<SparseMatrix>;

export interface CorpusOptions {
  readonly encode: EncodeDocuments;
  readonly options: EncodeOptions;
  readonly cacheFolder: string | null;
  readonly progress: Progress;
}

/**
 * Encodes a corpus block by block into an index. It holds the index and the embeddings of one block. With a cache
 * folder, each block is kept as a file of its own, and one that is there is not encoded again.
 */
export async function indexCorpus(corpus: readonly string[], how: CorpusOptions): Promise<SparseIndex> {
  const blocks: PostingBlock[] = [];
  let columns = 0;
  for (let begin = 0; begin < corpus.length; begin += BLOCK_DOCUMENTS) {
    const index = await indexBlock(corpus.slice(begin, begin + BLOCK_DOCUMENTS), how);
    blocks.push(...index.blocks);
    columns = index.columns;
  }
  return new SparseIndex(columns, blocks);
}

async function indexBlock(texts: readonly string[], how: CorpusOptions): Promise<SparseIndex> {
  const { encode, options, cacheFolder, progress } = how;
  const first = await encode(texts.slice(0, 1), options);
  const path = cacheFolder === null ? undefined : join(cacheFolder, cacheName(texts, options, first));
  if (path !== undefined && (await isThere(path))) {
    progress.advance('documents', texts.length);
    return await SparseIndex.load(path);
  }
  async function* embeddings(): AsyncGenerator<SparseMatrix> {
    for (let begin = 0; begin < texts.length; begin += DOCUMENTS_AT_A_TIME) {
      const taken = texts.slice(begin, begin + DOCUMENTS_AT_A_TIME);
      let shown = 0;
      const onProgress = (done: number): void => {
        progress.advance('documents', done - shown);
        shown = done;
      };
      yield await encode(taken, { ...options, onProgress });
    }
  }
  const index = await SparseIndex.fromStream(embeddings(), first.columns);
  if (path !== undefined) {
    await mkdir(cacheFolder as string, { recursive: true });
    await index.save(path);
  }
  return index;
}

/**
 * The name of a block's file: a hash of its texts, of the options, and of the embedding of its first text, which differs
 * between models.
 */
function cacheName(texts: readonly string[], options: EncodeOptions, first: SparseMatrix): string {
  const { prompt, promptName, normalize, maxActiveDims } = options;
  const hash = createHash('sha256').update(
    JSON.stringify([prompt, promptName, normalize, maxActiveDims, first.columns]),
  );
  for (const numbers of [first.indices, first.values]) {
    hash.update(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  }
  for (const text of texts) hash.update(`${JSON.stringify(text)}\n`);
  return `corpus-${hash.digest('hex').slice(0, 32)}.index`;
}

const isThere = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined;
