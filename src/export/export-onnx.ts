import { lstat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { checkArguments, instanceOf } from '../arguments.js';
import { checkActiveDims } from '../encoder/encode-options.js';
import { lacksWeights } from '../encoder/exported/exported-embedder.js';
import { routesOf } from '../encoder/exported/routes.js';
import { describeModule } from '../encoder/model-card.js';
import { modelWriters } from '../encoder/save.js';
import { latentsOf } from '../encoder/settings.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { UsageError } from '../errors.js';
import { type FileWriter, writeFolder } from '../files/folder/write-folder.js';
import { writeTextWhole } from '../files/write-file.js';
import type { Module } from '../modules/module.js';
import { writeOnnxFile } from '../onnx/write.js';
import { CERTIFICATE_FILE, type Certificate } from './certificate.js';
import { exportCard } from './export-card.js';
import { type ExportedRoute, exportRoutes } from './export-route.js';
import { type ExportOptions, type ResolvedExportOptions, resolveExportOptions } from './options.js';
import { QUERY_WEIGHTS_FILE, queryWeights } from './query-weights.js';
import { tokenizerConfigWriters } from './tokenizer-config.js';
import { VerificationError } from './verification-error.js';
import { verifyOnnx } from './verification/verify-onnx.js';

const ENCODER = instanceOf(SparseEncoder, 'a SparseEncoder');

/**
 * Exports an encoder to ONNX: a folder in sentence-transformers' layout whose graphs map token ids to embeddings, one
 * for each route of a Router. The files are run and compared with the encoder before the folder gets its name. The
 * results are in certificate.json and are returned.
 *
 * @throws OptionError if an option is unknown or of the wrong type
 * @throws UsageError if the folder exists and `force` is not set, or if the encoder or a part of it does not support an
 *   option
 * @throws VerificationError if a file does not compute the same as the encoder; the folder is then `OUTPUT.refused`
 */
export async function exportOnnx(encoder: SparseEncoder, options: ExportOptions): Promise<Certificate> {
  checkArguments('exportOnnx', { encoder: ENCODER }, { encoder });
  return await encoder.lifetime.use('exportOnnx', () => exportAlive(encoder.withEmbedder(), options));
}

async function exportAlive(encoder: SparseEncoder, options: ExportOptions): Promise<Certificate> {
  const given = resolveExportOptions(options);
  // Without a final slash, which would hide a link and put `.refused` inside the folder.
  const resolved = { ...given, output: resolve(given.output) };
  if (lacksWeights(encoder.modules)) {
    throw new UsageError('this is an exported model, without weights; export the model that it was made of');
  }
  if (encoder.hasAdapter) {
    throw new UsageError(
      'exportOnnx: this model has an adapter; call mergeAdapter first, which makes it part of the weights',
    );
  }
  if (resolved.format === 'logits' && resolved.retrieval !== null) {
    throw new UsageError(
      'rankings need files that give embeddings; leave out the option "retrieval", or export in the format all',
    );
  }
  requireTarget(resolved);
  for (const { modules } of routesOf(encoder.modules)) {
    checkActiveDims('exportOnnx', resolved.maxActiveDims, latentsOf(modules));
  }
  await refuseLink(resolved.output);
  const routes = await exportRoutes(encoder, resolved);
  const { output, force } = resolved;
  const certify = certifier(encoder, resolved);
  try {
    await writeFolder(output, folderWriters(encoder, routes, resolved, certify), { overwrite: force });
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    const { certificate } = error;
    const aside = `${output}.refused`;
    const writers = folderWriters(encoder, routes, resolved, () => Promise.resolve(certificate));
    await writeFolder(aside, writers, { overwrite: true });
    throw new VerificationError(certificate, aside);
  }
  resolved.onProgress?.('written', 1);
  return await certify(output);
}

function requireTarget({ target, precision, format }: ResolvedExportOptions): void {
  if (target === 'any' || (precision === 'fp32' && (format === 'sparse' || format === 'dense'))) return;
  throw new UsageError(
    `target ${target} is for precision fp32 and formats sparse and dense, not for ${precision} and ${format}: int8 computes with integers everywhere, and a graph that gives all logits has to compute them`,
  );
}

/** Runs the files in a folder and returns the results. */
type Certify = (folder: string) => Promise<Certificate>;

/**
 * Runs the files of the first folder that it is called for. Later calls return the same result, since that folder is
 * renamed. Throws a VerificationError if files fail, so that nothing that failed gets the requested name.
 */
function certifier(
  encoder: SparseEncoder,
  { verify, source, retrieval, onProgress, onTruncate }: ResolvedExportOptions,
): Certify {
  let certifying: Promise<Certificate> | undefined;
  const certify: Certify = async (folder) => {
    const certificate = await verifyOnnx(folder, encoder, {
      texts: verify,
      ...(source !== null && { source }),
      ...(retrieval !== null && { retrieval }),
      ...(onTruncate !== null && { onTruncate }),
      onProgress: (what, done) => onProgress?.(what, 0.4 + 0.6 * done),
    });
    if (certificate.verdict === 'failed') throw new VerificationError(certificate, undefined);
    return certificate;
  };
  return (folder) => (certifying ??= certify(folder));
}

/** In the order of writing: the graphs, their certificate, the rest of the model. */
function folderWriters(
  encoder: SparseEncoder,
  routes: readonly ExportedRoute[],
  options: ResolvedExportOptions,
  certifyIn: Certify,
): FileWriter[] {
  const contents = encoder.contents();
  const { maxActiveDims } = options;
  const config = { ...contents.config, ...(maxActiveDims !== null && { max_active_dims: maxActiveDims }) };
  const weights = queryWeights(routes);
  const tokenizerConfigs = tokenizerConfigWriters(routes);
  const ownPaths = new Set(['README.md', ...tokenizerConfigs.map(({ path }) => path)]);
  return [
    ...routes.map(({ file, model }): FileWriter => ({ path: file, write: (to) => writeOnnxFile(to, model) })),
    ...(weights === undefined
      ? []
      : [
          {
            path: QUERY_WEIGHTS_FILE,
            write: async (to: string) => writeTextWhole(to, `${JSON.stringify(await weights())}\n`),
          },
        ]),
    {
      path: CERTIFICATE_FILE,
      write: async (to) => writeTextWhole(to, `${JSON.stringify(await certifyIn(dirname(to)), null, 2)}\n`),
    },
    {
      path: 'README.md',
      write: async (to) =>
        writeTextWhole(
          to,
          exportCard({
            certificate: await certifyIn(dirname(to)),
            target: options.target,
            routes,
            modules: contents.modules.flatMap((module) => describeModule(module, '')),
            similarity: encoder.similarityFnName,
            hasQueryWeights: weights !== undefined,
          }),
        ),
    },
    ...tokenizerConfigs,
    ...modelWriters({ ...contents, config }, { dtype: 'F32', hasWeights: isSmall }).filter(
      ({ path }) => !ownPaths.has(path),
    ),
  ];
}

/**
 * The weights of transformers are in the graphs. Other runtimes may read the weights of other modules from their files.
 */
const isSmall = (module: Module): boolean => module.modelConfig === undefined;

async function refuseLink(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSymbolicLink() === true) {
    throw new UsageError(
      `${path} is a link; expected the folder itself, so that nothing elsewhere is written`,
    );
  }
}
