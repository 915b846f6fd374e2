import { join } from 'node:path';
import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { type Certificate, type FileVerdict, madeHere } from '../certificate.js';
import type { ExportedRoute } from '../export-route.js';
import { hashOfFiles, licenseOf } from '../metadata.js';
import type { ResolvedExportOptions } from '../options.js';
import { BUILT_IN_TEXTS, hashOfTexts } from './texts.js';
import { verifyFile } from './verify-files.js';

/** Runs the files of an export that lie in a folder, and says what that has shown. */
export async function certify(
  encoder: SparseEncoder,
  routes: readonly ExportedRoute[],
  options: ResolvedExportOptions,
  folder: string,
): Promise<Certificate> {
  const { format, precision, opset, verify, source } = options;
  const texts = [...BUILT_IN_TEXTS, ...verify];
  const comparison = { precision, maxActiveDims: options.maxActiveDims ?? encoder.maxActiveDims };
  const files: FileVerdict[] = [];
  for (const [index, { file, name, modules }] of routes.entries()) {
    options.onProgress?.(`verifying ${file}`, 0.4 + (0.6 * index) / routes.length);
    const place = { path: join(folder, file), name: file, route: name, modules };
    files.push(await verifyFile(place, encoder, texts, comparison));
  }
  return {
    version: 1,
    verdict: files.every(({ failures }) => failures.length === 0) ? 'passed' : 'failed',
    source,
    format,
    precision,
    opset,
    files,
    texts: { builtIn: BUILT_IN_TEXTS.length, given: verify.length, sha256: hashOfTexts(texts) },
    tokenizerSha256: hashOfFiles(routes[0]?.input.tokenizer.files ?? new Map()),
    license: licenseOf(encoder.contents().readme) ?? null,
    made: madeHere(),
  };
}
