import { ExportedEmbedder } from '../../encoder/exported/exported-embedder.js';
import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { textInput } from '../../encoder/text-input.js';
import { UsageError } from '../../errors.js';
import type { OnnxModel } from '../../onnx/model.js';
import { readOnnxFile } from '../../onnx/read.js';
import { type Certificate, failuresIn, type FileVerdict, madeHere, type Ranking } from '../certificate.js';
import { type ExportFormat, FORMATS, type Precision, PRECISIONS } from '../formats.js';
import { hashOfFiles, licenseOf, METADATA_PREFIX } from '../metadata.js';
import { compareRankings, type RetrievalTask } from './compare-rankings.js';
import { filesToVerify, type FoundFile } from './files-to-verify.js';
import { BUILT_IN_PAIRS, BUILT_IN_TEXTS, hashOfTexts } from './texts.js';
import { verifyFile } from './verify-file.js';

export interface VerifyOptions {
  /** Texts to try the files on, besides those that every file is tried on. */
  readonly texts?: readonly string[];
  /** By what the files are judged; unless given, what they say or what is in them. */
  readonly precision?: Precision;
  /** Route of a Router that a single file stands for. */
  readonly route?: string;
  /** What the certificate calls the encoder. */
  readonly source?: string;
  /** On which the rankings of both are compared, too. */
  readonly retrieval?: RetrievalTask;
  readonly onProgress?: (what: string, done: number) => void;
}

/**
 * Runs ONNX files and compares them with an encoder, whose tokenizer feeds both: an exported folder, one of
 * sentence-transformers' or fastembed's layout, or a file, whoever made it. Files that stop at the logits are pooled as
 * the encoder pools.
 *
 * @param path of a folder or a file
 * @throws InputError where there is nothing to verify, or not a file for each route of the encoder, or no ONNX file;
 * ModelFileError for one that cannot be run, or of another contract
 */
export async function verifyOnnx(
  path: string,
  encoder: SparseEncoder,
  options: VerifyOptions = {},
): Promise<Certificate> {
  const { texts: given = [], onProgress } = options;
  const { modules, maxSeqLength, readme } = encoder.contents();
  const found = await filesToVerify(path, modules, options.route);
  const texts = [...BUILT_IN_TEXTS, ...given];
  const models = found.map(({ path: each }) => readOnnxFile(each));
  const precision = options.precision ?? precisionOf(models);
  const files: FileVerdict[] = [];
  for (const [index, { route, ...file }] of found.entries()) {
    onProgress?.(`verifying ${file.name}`, index / found.length);
    const limit = limitOf(models[index] as OnnxModel);
    const maxActiveDims = limit ?? encoder.maxActiveDims;
    const place = { ...file, route: route.name, modules: route.modules, isLimited: limit !== undefined };
    const toTry = { texts, pairs: BUILT_IN_PAIRS };
    files.push(...(await verifyFile(place, encoder, toTry, { precision, maxActiveDims })));
  }
  const ranking = options.retrieval && (await rankingOf(encoder, found, files, options));
  const { tokenizer } = textInput(modules, found[0]?.route.name, maxSeqLength);
  return {
    version: 1,
    verdict: failuresIn(files, ranking).length === 0 ? 'passed' : 'failed',
    source: options.source ?? null,
    format: formatOf(models),
    precision,
    opset: models[0]?.opset ?? null,
    files,
    ...(ranking !== undefined && { ranking }),
    texts: {
      builtIn: BUILT_IN_TEXTS.length,
      pairs: BUILT_IN_PAIRS.length,
      given: given.length,
      sha256: hashOfTexts([...texts, ...BUILT_IN_PAIRS]),
    },
    tokenizerSha256: hashOfFiles(tokenizer.files),
    license: licenseOf(readme) ?? null,
    made: madeHere(),
  };
}

async function rankingOf(
  encoder: SparseEncoder,
  found: readonly FoundFile[],
  verdicts: readonly FileVerdict[],
  { retrieval, onProgress }: VerifyOptions,
): Promise<Ranking | undefined> {
  if (retrieval === undefined) return undefined;
  const stopsEarly = verdicts.find(({ outputs }) => outputs === 'logits');
  if (stopsEarly !== undefined) {
    throw new UsageError(
      `${stopsEarly.path} gives logits; rankings are compared of files that give embeddings`,
    );
  }
  const { modules } = encoder.contents();
  const embedder = new ExportedEmbedder({
    files: new Map(found.map(({ path, route }) => [route.name, path])),
    modules,
    maxActiveDims: null,
  });
  try {
    return await compareRankings(encoder, encoder.withEmbedder(embedder), retrieval, (done) =>
      onProgress?.('comparing rankings', done),
    );
  } finally {
    await embedder.dispose();
  }
}

const saidBy = ({ metadata }: OnnxModel, key: string): string | undefined =>
  metadata[`${METADATA_PREFIX}${key}`];

function precisionOf(models: readonly OnnxModel[]): Precision {
  const said = models
    .map((model) => saidBy(model, 'precision'))
    .find((each) => each !== undefined && Object.hasOwn(PRECISIONS, each));
  if (said !== undefined) return said as Precision;
  const quantized = /Integer|QLinear|^DequantizeLinear$/;
  if (models.some(({ graph }) => graph.nodes.some(({ op }) => quantized.test(op)))) return 'int8';
  const hasHalves = models.some(({ graph }) =>
    graph.initializers.some(({ tensor }) => tensor.type === 'float16'),
  );
  return hasHalves ? 'fp16' : 'fp32';
}

function formatOf(models: readonly OnnxModel[]): ExportFormat | null {
  const said = models
    .map((model) => saidBy(model, 'format'))
    .find((each) => each !== undefined && Object.hasOwn(FORMATS, each));
  return (said as ExportFormat | undefined) ?? null;
}

function limitOf(model: OnnxModel): number | undefined {
  const said = saidBy(model, 'max_active_dims');
  return said === undefined ? undefined : Number(said);
}
