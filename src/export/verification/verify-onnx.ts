import { aPath, checkArguments, instanceOf } from '../../arguments.js';
import { ExportedEmbedder, lacksWeights } from '../../encoder/exported/exported-embedder.js';
import { routesOf } from '../../encoder/exported/routes.js';
import { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { textInput } from '../../encoder/text-input.js';
import { UsageError } from '../../errors.js';
import type { RetrievalTask } from '../../evaluation/retrieval-task.js';
import { fromOneVersion } from '../../files/folder/one-version.js';
import type { OnnxModel } from '../../onnx/model.js';
import { readOnnxFile } from '../../onnx/read.js';
import { type Certificate, failuresIn, type FileVerdict, madeHere, type Ranking } from '../certificate.js';
import { hashOfFiles, licenseOf } from '../metadata.js';
import { claimedLimit, formatOf, precisionOf } from './claims.js';
import { compareRankings } from './compare-rankings.js';
import { filesToVerify, type FoundFile } from './files-to-verify.js';
import { BUILT_IN_PAIRS, BUILT_IN_TEXTS, hashOfTexts } from './texts.js';
import { verifyFile } from './verify-file.js';
import { resolveVerifyOptions, type VerifyOptions } from './verify-options.js';

const ENCODER = instanceOf(SparseEncoder, 'a SparseEncoder');

/**
 * Runs ONNX files and compares them with an encoder, whose tokenizer feeds both. `path` is an exported folder, a folder
 * in sentence-transformers' or fastembed's layout, or a file, made by any tool. Logits are pooled as in the encoder.
 *
 * If the files are replaced meanwhile, the new ones are verified from the beginning.
 *
 * @param path a folder or a file
 * @throws OptionError if an option is unknown or of the wrong type
 * @throws UsageError if the encoder has no weights, or if rankings are requested of files that give no embeddings
 * @throws InputError if there is nothing to verify, a route of the encoder has no file, or a file is not ONNX
 * @throws ModelFileError if a file cannot be run, or has another interface
 */
export async function verifyOnnx(
  path: string,
  encoder: SparseEncoder,
  options: VerifyOptions = {},
): Promise<Certificate> {
  checkArguments('verifyOnnx', { path: aPath, encoder: ENCODER }, { path, encoder });
  const verify = (): Promise<Certificate> => verifyAlive(path, encoder.withEmbedder(), options);
  return await encoder.lifetime.use('verifyOnnx', () =>
    fromOneVersion(
      () => Promise.resolve(path),
      verify,
      () => Promise.resolve(),
    ),
  );
}

async function verifyAlive(
  path: string,
  encoder: SparseEncoder,
  options: VerifyOptions,
): Promise<Certificate> {
  const resolved = resolveVerifyOptions(options);
  const { texts: given = [], retrieval, source, onProgress, onTruncate } = resolved;
  const { modules, maxSeqLength, readme } = encoder.contents();
  // Its embeddings would come from exported files, perhaps from these.
  if (lacksWeights(modules)) {
    throw new UsageError(
      'the encoder is an exported model, without weights; give the model that was exported',
    );
  }
  const found = await filesToVerify(path, modules, resolved.route);
  if (retrieval !== undefined && found.length < routesOf(modules).length) {
    throw new UsageError(
      `${path} stands for one route of the encoder; rankings need a folder with the files of all routes`,
    );
  }
  const texts = [...BUILT_IN_TEXTS, ...given];
  const tellOfGiven = (text: number): void => {
    const place = text - BUILT_IN_TEXTS.length;
    if (place >= 0 && place < given.length) onTruncate?.(place);
  };
  const models = found.map(({ path: each }) => readOnnxFile(each));
  const precision = resolved.precision ?? precisionOf(models);
  const files: FileVerdict[] = [];
  for (const [index, { route, ...file }] of found.entries()) {
    const showProgress = (done: number): void =>
      onProgress?.(
        `verifying ${file.name}`,
        ((index + done) / found.length) * (retrieval === undefined ? 1 : 1 / 2),
      );
    showProgress(0);
    const limit = claimedLimit(file.path, models[index] as OnnxModel);
    const maxActiveDims = limit ?? encoder.maxActiveDims;
    const place = {
      ...file,
      route: route.name,
      task: route.task,
      modules: route.modules,
      isLimited: limit !== undefined,
    };
    const toTry = { texts, pairs: BUILT_IN_PAIRS, onTruncate: tellOfGiven };
    const comparison = { precision, maxActiveDims };
    files.push(...(await verifyFile(place, encoder, toTry, comparison, showProgress)));
  }
  const ranking =
    retrieval &&
    (await rankingOf(encoder, found, files, retrieval, (done) =>
      onProgress?.('comparing rankings', (1 + done) / 2),
    ));
  const { tokenizer } = textInput(modules, found[0]?.route.task, maxSeqLength);
  return {
    version: 1,
    verdict: failuresIn(files, ranking).length === 0 ? 'passed' : 'failed',
    source: source ?? null,
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

/** undefined if a file gives no embeddings, and has failed because of that. */
async function rankingOf(
  encoder: SparseEncoder,
  found: readonly FoundFile[],
  verdicts: readonly FileVerdict[],
  task: RetrievalTask,
  onProgress: (done: number) => void,
): Promise<Ranking | undefined> {
  const ofEmbeddings = verdicts.filter(({ outputs }) => outputs !== 'logits');
  const stopsEarly = found.find(({ name }) => ofEmbeddings.every(({ path }) => path !== name));
  if (stopsEarly !== undefined) {
    throw new UsageError(`${stopsEarly.path} gives logits; rankings need files that give embeddings`);
  }
  if (ofEmbeddings.some(({ agreement }) => agreement === null)) return undefined;
  const embedder = new ExportedEmbedder({
    files: new Map(found.map(({ path, route }) => [route.name, { path, foreign: true }])),
    modules: encoder.contents().modules,
    maxActiveDims: encoder.maxActiveDims,
  });
  try {
    return await compareRankings(encoder, encoder.withEmbedder(embedder), task, onProgress);
  } finally {
    await embedder.dispose();
  }
}
