import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { ExportFormat, Precision, Target } from '../../export/formats.js';
import { exportOnnx } from '../../export/export-onnx.js';
import { openProgress } from '../../progress.js';
import { checkOutputFolder } from '../check-output.js';
import type { InputFormat } from '../../data/input-formats.js';
import { checkInput, noTexts } from '../../data/lines.js';
import { type CommonOptions, openModel } from '../open-model.js';
import { readRetrieval } from '../../evaluation/read-retrieval.js';
import { readTexts } from '../../data/read-texts.js';
import { renderCertificate } from '../render-certificate.js';

export interface ExportCommandOptions extends CommonOptions {
  readonly output: string;
  readonly format: ExportFormat;
  readonly precision: Precision;
  readonly target: Target;
  readonly floatOutputs?: boolean;
  readonly opset: number;
  readonly maxActiveDims?: number;
  readonly verify?: string;
  readonly inputFormat?: InputFormat;
  readonly retrieval?: string;
  readonly force?: boolean;
}

/** `sparse-encoder export`: a folder with graphs that were run and compared with the encoder. */
export async function exportCommand(modelPath: string, options: ExportCommandOptions): Promise<void> {
  const { output, format, precision, target, floatOutputs, opset, maxActiveDims, verify, force, json } =
    options;
  await checkOutputFolder(output, { inputs: [modelPath, ...namesOf(verify, options.retrieval)], force });
  const texts = await textsOf(verify, options.inputFormat);
  const retrieval = options.retrieval === undefined ? undefined : await readRetrieval(options.retrieval);
  const model = await openModel(modelPath, options);
  const certificate = await withPercent((onProgress) =>
    exportOnnx(model, {
      output,
      format,
      precision,
      target,
      opset,
      verify: texts,
      source: existsSync(modelPath) ? basename(resolve(modelPath)) : modelPath,
      onProgress,
      ...(maxActiveDims !== undefined && { maxActiveDims }),
      ...(floatOutputs !== undefined && { floatOutputs }),
      ...(retrieval !== undefined && { retrieval }),
      ...(force !== undefined && { force }),
    }),
  );
  process.stdout.write(
    json === true
      ? `${JSON.stringify(certificate, null, 2)}\n`
      : `${renderCertificate(certificate)}\n${output}\n`,
  );
}

/** Those of the options that were given; others may be left out. */
export const namesOf = (...given: readonly (string | undefined)[]): string[] =>
  given.filter((name) => name !== undefined);

/** The texts of a file; none without one. */
export async function textsOf(file: string | undefined, format: InputFormat | undefined): Promise<string[]> {
  const texts: string[] = [];
  if (file === undefined) return texts;
  await checkInput(file);
  for await (const { text } of readTexts(file, { format })) texts.push(text);
  if (texts.length > 0) return texts;
  throw noTexts(file);
}

/** A bar in percent while something is done. */
export async function withPercent<T>(
  task: (onProgress: (what: string, done: number) => void) => Promise<T>,
): Promise<T> {
  const bar = openProgress(100);
  let percent = 0;
  try {
    return await task((what, done) => {
      for (; percent < Math.floor(100 * done); percent++) bar.advance(what);
      bar.note(what);
    });
  } finally {
    bar.stop();
  }
}
