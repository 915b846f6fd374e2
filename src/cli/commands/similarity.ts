import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { EmbeddingError, OptionError } from '../../errors.js';
import { normalizeRows } from '../../sparse/normalize-rows.js';
import { readJsonLines } from '../../sparse/payloads/read-json-lines.js';
import { idAsJson, type TextId } from '../../data/text-id.js';
import { SparseIndex } from '../../sparse/search/sparse-index.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import type { InputFormat } from '../../data/input-formats.js';
import { checkInput, linesOf, noTexts, peek, sourceOf, STANDARD } from '../../data/lines.js';
import { type CommonOptions, openModel } from '../open-model.js';
import { type InputText, readTexts } from '../../data/read-texts.js';
import { renderCounts } from '../render-summary.js';
import { oneLine, plainTable } from '../table.js';

export interface SimilarityCommandOptions extends CommonOptions {
  /** A file of texts, in place of those of the command line. */
  readonly texts?: string;
  readonly queries?: string;
  readonly documents?: string;
  readonly inputFormat?: InputFormat;
  readonly top: number;
}

/** `sparse-encoder similarity`: a matrix of texts, or the best documents for each query as lines of JSON. */
export async function similarityCommand(
  modelPath: string,
  given: readonly string[],
  options: SimilarityCommandOptions,
): Promise<void> {
  const { queries, documents } = options;
  const texts = options.texts === undefined ? given : [...given, ...(await textsIn(options.texts, options))];
  if (queries !== undefined && documents !== undefined && texts.length === 0) {
    if (queries === STANDARD && documents === STANDARD) {
      throw new OptionError('standard input can be the queries or the documents, not both');
    }
    await checkInput(queries);
    await checkInput(documents);
    await rank(await openModel(modelPath, options), { ...options, queries, documents });
  } else if (queries === undefined && documents === undefined && texts.length > 1) {
    await compare(await openModel(modelPath, options), texts, options.json === true);
  } else {
    throw new OptionError(
      'similarity takes either two or more texts (or --texts), or both --queries and --documents',
    );
  }
}

async function textsIn(path: string, { inputFormat: format }: SimilarityCommandOptions): Promise<string[]> {
  await checkInput(path);
  const texts: string[] = [];
  for await (const { text } of readTexts(path, { format })) texts.push(text);
  return texts;
}

/** What a row of the matrix begins with is cut where numbers need the place. */
const LONGEST_TEXT = 40;

async function compare(model: SparseEncoder, texts: readonly string[], json: boolean): Promise<void> {
  const embeddings = await model.encode(texts);
  const rows = model.similarity(embeddings, embeddings).map((row) => [...row]);
  if (json) {
    process.stdout.write(`${JSON.stringify({ similarity: model.similarityFnName, texts, scores: rows })}\n`);
    return;
  }
  const head = [model.similarityFnName, ...texts.map((_, index) => String(index + 1))];
  const body = rows.map((row, index) => [
    `${index + 1} ${oneLine(texts[index] ?? '', LONGEST_TEXT)}`,
    ...row.map((score) => score.toFixed(3)),
  ]);
  process.stdout.write(`${plainTable([head, ...body])}\n`);
}

interface RankOptions extends SimilarityCommandOptions {
  readonly queries: string;
  readonly documents: string;
}

async function rank(model: SparseEncoder, options: RankOptions): Promise<void> {
  if (model.similarityFnName !== 'dot' && model.similarityFnName !== 'cosine') {
    throw new OptionError(`documents are ranked by dot or cosine; the model has ${model.similarityFnName}`);
  }
  const query = await readSide(model, 'query', options.queries, options);
  const document = await readSide(model, 'document', options.documents, options);
  const index = SparseIndex.fromMatrix(comparable(document.matrix, model));
  const hits = index.search(comparable(query.matrix, model), options.top);
  query.ids.forEach((id, row) => {
    const { documents: found, scores } = hits[row] ?? { documents: [], scores: [] };
    const results = Array.from(
      found,
      (place, order) => `{"id":${idAsJson(document.ids[place] as TextId)},"score":${scores[order]}}`,
    );
    process.stdout.write(`{"query":${idAsJson(id)},"results":[${results.join(',')}]}\n`);
  });
}

/** Rows whose dot product is the model's similarity. */
function comparable(matrix: SparseMatrix, { similarityFnName }: SparseEncoder): SparseMatrix {
  return similarityFnName === 'cosine' ? normalizeRows(matrix) : matrix;
}

interface Side {
  readonly ids: readonly TextId[];
  readonly matrix: SparseMatrix;
}

/** Texts that are encoded, or, by the first line, embeddings as they are. */
async function readSide(
  model: SparseEncoder,
  task: 'query' | 'document',
  path: string,
  { inputFormat: format, json }: SimilarityCommandOptions,
): Promise<Side> {
  const { first, lines } = await peek(linesOf(path));
  if (first === undefined) {
    throw noTexts(path);
  }
  if (format === undefined && /^\s*\{.*"(?:indices|tokens)"\s*:/.test(first)) {
    const { dimension, tokenizer } = model;
    const columns = dimension === undefined ? {} : { columns: dimension };
    return await readJsonLines(lines, { source: sourceOf(path), tokenizer, ...columns });
  }
  const counts = { rows: 0, skipped: 0 };
  const read: InputText[] = [];
  for await (const each of readTexts(path, { format, lines, counts })) read.push(each);
  const texts = read.map(({ text }) => text);
  let cut = 0;
  const options = { showProgressBar: true, onTruncate: () => void cut++ };
  const encoding =
    task === 'query' ? model.encodeQuery(texts, options) : model.encodeDocument(texts, options);
  const matrix = await encoding.catch((error: unknown) => {
    throw error instanceof EmbeddingError ? error.at(error.text, read[error.text]?.place) : error;
  });
  const empty = texts.filter((text) => text.trim() === '').length;
  const summary = { ...counts, texts: texts.length, cut, empty, resumed: 0 };
  const line =
    json === true
      ? JSON.stringify({ input: path, ...summary })
      : `${sourceOf(path)}: ${renderCounts(summary)}`;
  process.stderr.write(`${line}\n`);
  return { ids: read.map(({ id }) => id), matrix };
}
