import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Route, routesOf } from '../../encoder/exported/routes.js';
import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { textInput } from '../../encoder/text-input.js';
import { InputError, OptionError, UsageError } from '../../errors.js';
import type { OnnxModel } from '../../onnx/model.js';
import { readOnnxFile } from '../../onnx/read.js';
import { type Certificate, type FileVerdict, madeHere } from '../certificate.js';
import { type ExportFormat, FORMATS, type Precision, PRECISIONS } from '../formats.js';
import { hashOfFiles, licenseOf, METADATA_PREFIX } from '../metadata.js';
import { BUILT_IN_TEXTS, hashOfTexts } from './texts.js';
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
  readonly onProgress?: (what: string, done: number) => void;
}

/**
 * Runs ONNX files and compares them with an encoder, whose tokenizer feeds both: an exported folder, one of
 * sentence-transformers' or fastembed's layout, or a file, whoever made it. Files that stop at the logits are pooled as
 * the encoder pools.
 *
 * @param path of a folder or a file
 * @throws InputError where there is nothing to verify; ModelFileError for a file that cannot be run
 */
export async function verifyOnnx(
  path: string,
  encoder: SparseEncoder,
  options: VerifyOptions = {},
): Promise<Certificate> {
  const { texts: given = [], onProgress } = options;
  const found = await filesToVerify(path, encoder, options.route);
  const texts = [...BUILT_IN_TEXTS, ...given];
  const models = found.map(({ path: each }) => readOnnxFile(each));
  const precision = options.precision ?? precisionOf(models);
  const files: FileVerdict[] = [];
  for (const [index, { route, ...file }] of found.entries()) {
    onProgress?.(`verifying ${file.name}`, index / found.length);
    const maxActiveDims = limitOf(models[index] as OnnxModel) ?? encoder.maxActiveDims;
    const place = { ...file, route: route.name, modules: route.modules };
    files.push(await verifyFile(place, encoder, texts, { precision, maxActiveDims }));
  }
  const { modules, maxSeqLength, readme } = encoder.contents();
  const { tokenizer } = textInput(modules, found[0]?.route.name, maxSeqLength);
  return {
    version: 1,
    verdict: files.every(({ failures }) => failures.length === 0) ? 'passed' : 'failed',
    source: options.source ?? null,
    format: formatOf(models),
    precision,
    opset: models[0]?.opset ?? null,
    files,
    texts: { builtIn: BUILT_IN_TEXTS.length, given: given.length, sha256: hashOfTexts(texts) },
    tokenizerSha256: hashOfFiles(tokenizer.files),
    license: licenseOf(readme) ?? null,
    made: madeHere(),
  };
}

interface Found {
  readonly path: string;
  readonly name: string;
  readonly route: Route;
}

async function filesToVerify(
  path: string,
  encoder: SparseEncoder,
  asked: string | undefined,
): Promise<Found[]> {
  const routes = routesOf(encoder.contents().modules);
  if (!existsSync(path))
    throw new InputError(`${path} does not exist; expected an ONNX file, or a folder with one`);
  if ((await stat(path)).isDirectory()) {
    const found = routes.flatMap((route) => {
      const places = [route.file, ...(routes.length === 1 ? ['model.onnx'] : [])];
      const name = places.find((each) => existsSync(join(path, each)));
      return name === undefined ? [] : [{ path: join(path, name), name, route }];
    });
    if (found.length > 0) return found;
    throw new InputError(
      `${path} has none of ${routes.map(({ file }) => file).join(', ')}; expected exported files of the encoder's routes`,
    );
  }
  const [only] = routes;
  const route = routes.find(({ name, file }) =>
    asked === undefined ? basename(file) === basename(path) : name === asked,
  );
  const chosen = route ?? (routes.length === 1 && asked === undefined ? only : undefined);
  if (chosen !== undefined) return [{ path, name: basename(path), route: chosen }];
  const names = routes.flatMap(({ name }) => name ?? []).join(', ');
  if (names === '') throw new OptionError(`the encoder has no routes; leave out route "${asked}"`);
  throw new UsageError(`which route of the encoder does ${path} stand for? Give one of ${names} as route`);
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
