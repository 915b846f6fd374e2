import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { counted } from '../../counted.js';
import { allTexts } from '../../data/all-texts.js';
import type { InputFormat } from '../../data/input-formats.js';
import { readRetrieval } from '../../evaluation/read-retrieval.js';
import { exportOnnx } from '../../export/export-onnx.js';
import type { ExportOptions } from '../../export/options.js';
import { withPercent } from '../../progress.js';
import { checkOutputFolder } from '../check-output.js';
import { type CommonOptions, openModel } from '../open-model.js';
import { renderCertificate } from '../render-certificate.js';
import { type InputSummary, summaryOf, tellSummary } from '../summary.js';

type OfTheLibrary = Pick<ExportOptions, 'output' | 'maxActiveDims' | 'force'> &
  Required<Pick<ExportOptions, 'format' | 'precision' | 'target' | 'floatOutputs' | 'opset'>>;

export interface ExportCommandOptions extends CommonOptions, OfTheLibrary {
  readonly verify?: string;
  readonly inputFormat?: InputFormat;
  readonly retrieval?: string;
}

/** `sparse-encoder export`: writes a folder with graphs, after running them and comparing them with the encoder. */
export async function exportCommand(modelPath: string, options: ExportCommandOptions): Promise<void> {
  const { output, format, precision, target, floatOutputs, opset, maxActiveDims, verify, force, json } =
    options;
  await checkOutputFolder(output, { inputs: [modelPath, ...namesOf(verify, options.retrieval)], force });
  const texts = await textsToTry(verify, options.inputFormat);
  const retrieval = options.retrieval === undefined ? undefined : await readRetrieval(options.retrieval);
  const model = await openModel(modelPath, options);
  const begin = performance.now();
  const certificate = await withPercent((onProgress) =>
    exportOnnx(model, {
      output,
      format,
      precision,
      target,
      opset,
      floatOutputs,
      verify: texts.texts,
      source: existsSync(modelPath) ? basename(resolve(modelPath)) : modelPath,
      onProgress,
      onTruncate: texts.onTruncate,
      ...(maxActiveDims !== undefined && { maxActiveDims }),
      ...(retrieval !== undefined && { retrieval }),
      ...(force !== undefined && { force }),
    }),
  );
  process.stdout.write(
    json === true
      ? `${JSON.stringify(certificate, null, 2)}\n`
      : `${renderCertificate(certificate)}\n${output}\n`,
  );
  const { files, bytes } = await sizeOf(output);
  tellSummary(
    {
      inputs: texts.summary(),
      result: `${counted(files, 'file')} of ${(bytes / 2 ** 20).toFixed(1)} MiB written`,
      figures: { files, bytes },
      seconds: (performance.now() - begin) / 1000,
      output,
    },
    json,
  );
}

async function sizeOf(folder: string): Promise<{ files: number; bytes: number }> {
  const names = await readdir(folder, { recursive: true });
  const found = await Promise.all(names.map((name) => stat(join(folder, name))));
  const files = found.filter((each) => each.isFile());
  return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

/** The given options, without undefined ones. */
export const namesOf = (...given: readonly (string | undefined)[]): string[] =>
  given.filter((name) => name !== undefined);

/** Texts to verify files on, and their counts for the summary. */
export interface TextsToTry {
  readonly texts: readonly string[];
  readonly onTruncate: (text: number) => void;
  readonly summary: () => InputSummary[];
}

/** The texts of a file; none without a file. */
export async function textsToTry(
  path: string | undefined,
  format: InputFormat | undefined,
): Promise<TextsToTry> {
  const { texts, counts } =
    path === undefined ? { texts: [], counts: undefined } : await allTexts(path, { format });
  const cut = new Set<number>();
  return {
    texts,
    onTruncate: (text) => void cut.add(text),
    summary: () =>
      counts === undefined ? [] : [summaryOf(texts, { input: path, counts, cut: cut.size, done: 'tried' })],
  };
}
