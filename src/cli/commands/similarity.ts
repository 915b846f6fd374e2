import { counted } from '../../counted.js';
import { type AllTexts, allTexts } from '../../data/all-texts.js';
import type { InputFormat } from '../../data/input-formats.js';
import { checkInput, linesOf, noTexts, peek, sourceOf, STANDARD } from '../../data/lines.js';
import { idAsJson, type TextId } from '../../data/text-id.js';
import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { EmbeddingError, OptionError } from '../../errors.js';
import { oneLine, plainTable } from '../../shell/table.js';
import { normalizeRows } from '../../sparse/normalize-rows.js';
import { readJsonLines } from '../../sparse/payloads/read-json-lines.js';
import { SparseIndex } from '../../sparse/search/sparse-index.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import { type CommonOptions, openModel } from '../open-model.js';
import { type InputSummary, type StoredSummary, summaryOf, tellSummary } from '../summary.js';

export interface SimilarityCommandOptions extends CommonOptions {
  /** A file of texts, instead of texts on the command line. */
  readonly texts?: string;
  readonly queries?: string;
  readonly documents?: string;
  readonly inputFormat?: InputFormat;
  readonly top: number;
}

/** `sparse-encoder similarity`: a matrix for texts, or the best documents for each query as lines of JSON. */
export async function similarityCommand(
  modelPath: string,
  given: readonly string[],
  options: SimilarityCommandOptions,
): Promise<void> {
  const { queries, documents } = options;
  const file =
    options.texts === undefined ? undefined : await allTexts(options.texts, { format: options.inputFormat });
  const texts = [...given, ...(file?.texts ?? [])];
  if (queries !== undefined && documents !== undefined && texts.length === 0) {
    if (queries === STANDARD && documents === STANDARD) {
      throw new OptionError('standard input can be the queries or the documents, not both');
    }
    await checkInput(queries);
    await checkInput(documents);
    await rank(await openModel(modelPath, options), { ...options, queries, documents });
  } else if (queries === undefined && documents === undefined && texts.length > 1) {
    await compare(await openModel(modelPath, options), given, file, options);
  } else {
    throw new OptionError(
      'similarity takes either two or more texts (or --texts), or both --queries and --documents',
    );
  }
}

/** Longer texts at the beginning of a row are cut to leave room for numbers. */
const LONGEST_TEXT = 40;

async function compare(
  model: SparseEncoder,
  given: readonly string[],
  file: AllTexts | undefined,
  { texts: path, json }: SimilarityCommandOptions,
): Promise<void> {
  const begin = performance.now();
  const texts = [...given, ...(file?.texts ?? [])];
  const cut = { given: 0, file: 0 };
  const onTruncate = (text: number): void => void cut[text < given.length ? 'given' : 'file']++;
  const embeddings = await model.encode(texts, { onTruncate });
  const rows = model.similarity(embeddings, embeddings).map((row) => [...row]);
  const seconds = (performance.now() - begin) / 1000;
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ similarity: model.similarityFnName, texts, scores: rows })}\n`
      : tableOf(model, texts, rows),
  );
  const inputs = [
    ...(given.length === 0 ? [] : [summaryOf(given, { input: undefined, cut: cut.given })]),
    ...(file === undefined
      ? []
      : [summaryOf(file.texts, { input: path, counts: file.counts, cut: cut.file })]),
  ];
  tellSummary({ inputs, seconds }, json);
}

function tableOf(
  model: SparseEncoder,
  texts: readonly string[],
  rows: readonly (readonly number[])[],
): string {
  const head = [model.similarityFnName, ...texts.map((_, index) => String(index + 1))];
  const body = rows.map((row, index) => [
    `${index + 1} ${oneLine(texts[index] ?? '', LONGEST_TEXT)}`,
    ...row.map((score) => score.toFixed(3)),
  ]);
  return `${plainTable([head, ...body])}\n`;
}

interface RankOptions extends SimilarityCommandOptions {
  readonly queries: string;
  readonly documents: string;
}

async function rank(model: SparseEncoder, options: RankOptions): Promise<void> {
  if (model.similarityFnName !== 'dot' && model.similarityFnName !== 'cosine') {
    throw new OptionError(`documents are ranked by dot or cosine; the model has ${model.similarityFnName}`);
  }
  const begin = performance.now();
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
  const [queries, documents] = [query.ids.length, document.ids.length];
  tellSummary(
    {
      inputs: [query, document].map(({ summary }) => summary),
      result: `${counted(queries, 'query', 'queries')} ranked against ${counted(documents, 'document')}`,
      figures: { queries, documents },
      seconds: (performance.now() - begin) / 1000,
    },
    options.json,
  );
}

/** Rows whose dot product is the model's similarity. */
function comparable(matrix: SparseMatrix, { similarityFnName }: SparseEncoder): SparseMatrix {
  return similarityFnName === 'cosine' ? normalizeRows(matrix) : matrix;
}

interface Side {
  readonly ids: readonly TextId[];
  readonly matrix: SparseMatrix;
  readonly summary: InputSummary | StoredSummary;
}

/** Texts, which are encoded, or embeddings, which are used directly; the first line decides. */
async function readSide(
  model: SparseEncoder,
  task: 'query' | 'document',
  path: string,
  { inputFormat: format }: SimilarityCommandOptions,
): Promise<Side> {
  const { first, lines } = await peek(linesOf(path));
  if (first === undefined) throw noTexts(path);
  if (format === undefined && /^\s*\{.*"(?:indices|tokens)"\s*:/.test(first)) {
    const { dimension, tokenizer } = model;
    const columns = dimension === undefined ? {} : { columns: dimension };
    const stored = await readJsonLines(lines, { source: sourceOf(path), tokenizer, ...columns });
    return { ...stored, summary: { input: path, embeddings: stored.ids.length } };
  }
  const { read, texts, counts } = await allTexts(path, { format, lines });
  let cut = 0;
  const options = { showProgressBar: true, onTruncate: () => void cut++ };
  const encoding =
    task === 'query' ? model.encodeQuery(texts, options) : model.encodeDocument(texts, options);
  const matrix = await encoding.catch((error: unknown) => {
    throw error instanceof EmbeddingError ? error.at(error.text, read[error.text]?.place) : error;
  });
  return { ids: read.map(({ id }) => id), matrix, summary: summaryOf(texts, { input: path, counts, cut }) };
}
