import { existsSync } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { counted } from '../../counted.js';
import type { InputFormat } from '../../data/input-formats.js';
import { readRetrieval } from '../../evaluation/read-retrieval.js';
import type { Certificate } from '../../export/certificate.js';
import { VerificationError } from '../../export/verification-error.js';
import { verifyOnnx } from '../../export/verification/verify-onnx.js';
import type { VerifyOptions } from '../../export/verification/verify-options.js';
import { writeTextWhole } from '../../files/write-file.js';
import { withPercent } from '../../progress.js';
import { checkOutput } from '../check-output.js';
import { openModel } from '../open-model.js';
import { renderCertificate } from '../render-certificate.js';
import { tellSummary } from '../summary.js';
import { namesOf, textsToTry } from './export.js';

export interface VerifyCommandOptions extends Pick<VerifyOptions, 'route' | 'precision'> {
  readonly reference: string;
  readonly texts?: string;
  readonly inputFormat?: InputFormat;
  readonly retrieval?: string;
  readonly certificate?: string;
  readonly force?: boolean;
  readonly setAside?: boolean;
  readonly threads?: number;
  readonly json?: boolean;
}

/** `sparse-encoder verify`: runs files and compares them with an encoder. A difference is a finding. */
export async function verifyCommand(path: string, options: VerifyCommandOptions): Promise<void> {
  const { reference, route, precision, threads, json } = options;
  if (options.certificate !== undefined) {
    const file = (await stat(path).catch(() => undefined))?.isFile() === true ? path : undefined;
    const inputs = [reference, ...namesOf(file, options.texts, options.retrieval)];
    await checkOutput(options.certificate, { inputs, force: options.force });
  }
  const texts = await textsToTry(options.texts, options.inputFormat);
  const retrieval = options.retrieval === undefined ? undefined : await readRetrieval(options.retrieval);
  const encoder = await openModel(reference, { engine: 'onnx', ...(threads !== undefined && { threads }) });
  const begin = performance.now();
  const certificate = await withPercent((onProgress) =>
    verifyOnnx(path, encoder, {
      texts: texts.texts,
      source: reference,
      onProgress,
      onTruncate: texts.onTruncate,
      ...(route !== undefined && { route }),
      ...(precision !== undefined && { precision }),
      ...(retrieval !== undefined && { retrieval }),
    }),
  );
  const text = JSON.stringify(certificate, null, 2);
  if (options.certificate !== undefined) await writeTextWhole(options.certificate, `${text}\n`);
  process.stdout.write(`${json === true ? text : renderCertificate(certificate)}\n`);
  const { builtIn, given } = certificate.texts;
  const figures = { files: new Set(certificate.files.map((file) => file.path)).size, texts: builtIn + given };
  tellSummary(
    {
      inputs: texts.summary(),
      result: `${counted(figures.files, 'file')} compared on ${counted(figures.texts, 'text')}`,
      figures,
      seconds: (performance.now() - begin) / 1000,
      output: options.certificate,
    },
    json,
  );
  if (certificate.verdict === 'passed') return;
  const kept = options.setAside === true ? await setAside(path, certificate) : undefined;
  throw new VerificationError(certificate, kept);
}

/** Renames files that failed and returns the new names. */
async function setAside(path: string, { files }: Certificate): Promise<string> {
  const isFolder = (await stat(path)).isDirectory();
  const failed = files.flatMap(({ path: name, failures }) => (failures.length > 0 ? [name] : []));
  const names: string[] = [];
  for (const name of new Set(failed)) {
    const place = isFolder ? join(path, name) : path;
    const aside = freeName(`${place}.refused`);
    await rename(place, aside);
    names.push(aside);
  }
  return names.join(', ');
}

/** The name, with a number if earlier failed files have it. */
function freeName(name: string): string {
  for (let number = 2, free = name; ; free = `${name}-${number++}`) if (!existsSync(free)) return free;
}
