import CliTable from 'cli-table3';
import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { InputError, OptionError } from '../../errors.js';
import { readJsonLines } from '../../sparse/payloads/read-json-lines.js';
import { SparseIndex } from '../../sparse/search/sparse-index.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import { type CommonOptions, openModel } from '../open-model.js';
import { linesOf, readTexts } from '../read-texts.js';

export interface SimilarityCommandOptions extends CommonOptions {
  readonly queries?: string;
  readonly documents?: string;
  readonly top: number;
}

/** `sparse-encoder similarity`: a matrix of texts, or the best documents for each query as lines of JSON. */
export async function similarityCommand(
  modelPath: string,
  texts: readonly string[],
  options: SimilarityCommandOptions,
): Promise<void> {
  const { queries, documents } = options;
  const hasFiles = queries !== undefined && documents !== undefined;
  if (hasFiles === texts.length > 0 || (queries === undefined) !== (documents === undefined)) {
    throw new OptionError('similarity takes either two or more texts, or both --queries and --documents');
  }
  const model = await openModel(modelPath, options);
  if (hasFiles) await rank(model, queries, documents, options.top);
  else await compare(model, texts, options.json === true);
}

async function compare(model: SparseEncoder, texts: readonly string[], json: boolean): Promise<void> {
  const embeddings = await model.encode(texts);
  const rows = model.similarity(embeddings, embeddings).map((row) => [...row]);
  if (json) {
    process.stdout.write(`${JSON.stringify({ similarity: model.similarityFnName, texts, scores: rows })}\n`);
    return;
  }
  const table = new CliTable({
    head: ['', ...texts.map((_, index) => String(index + 1))],
    style: { head: [], border: [] },
  });
  rows.forEach((row, index) =>
    table.push([`${index + 1} ${texts[index]}`, ...row.map((score) => score.toFixed(3))]),
  );
  process.stdout.write(`${model.similarityFnName}\n${table.toString()}\n`);
}

async function rank(model: SparseEncoder, queries: string, documents: string, top: number): Promise<void> {
  if (model.similarityFnName !== 'dot' && model.similarityFnName !== 'cosine') {
    throw new OptionError(`documents are ranked by dot or cosine; the model has ${model.similarityFnName}`);
  }
  const normalize = model.similarityFnName === 'cosine';
  const [query, document] = [
    await readSide(model, queries, 'query', normalize),
    await readSide(model, documents, 'document', normalize),
  ];
  const hits = SparseIndex.fromMatrix(document.matrix).search(query.matrix, top);
  query.ids.forEach((id, row) => {
    const { documents: found, scores } = hits[row] ?? { documents: [], scores: [] };
    const results = Array.from(found, (index, place) => ({ id: document.ids[index], score: scores[place] }));
    process.stdout.write(`${JSON.stringify({ query: id, results })}\n`);
  });
}

interface Side {
  readonly ids: readonly (string | number)[];
  readonly matrix: SparseMatrix;
}

/** Texts that are encoded, or embeddings as they are. */
async function readSide(
  model: SparseEncoder,
  path: string,
  task: 'query' | 'document',
  normalize: boolean,
): Promise<Side> {
  if (await holdsEmbeddings(path)) {
    const { dimension } = model;
    const tokenizer = model.tokenizer;
    return await readJsonLines(linesOf(path), {
      source: path,
      tokenizer,
      ...(dimension !== undefined && { columns: dimension }),
    });
  }
  const ids: (string | number)[] = [];
  const texts: string[] = [];
  for await (const { id, text } of readTexts(path)) {
    ids.push(id);
    texts.push(text);
  }
  if (texts.length === 0) throw new InputError(`${path} is empty; expected lines of texts or embeddings`);
  const options = { normalize, showProgressBar: true };
  const matrix = await (task === 'query'
    ? model.encodeQuery(texts, options)
    : model.encodeDocument(texts, options));
  return { ids, matrix };
}

/** By the first line. */
async function holdsEmbeddings(path: string): Promise<boolean> {
  for await (const line of linesOf(path)) {
    return /^\s*\{.*"(?:indices|tokens)"\s*:/.test(line);
  }
  return false;
}
