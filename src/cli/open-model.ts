import { SparseEncoder } from '../encoder/sparse-encoder.js';
import type { EngineName } from '../engine-names.js';
import { setEngine } from '../engine/set-engine.js';
import { OptionError } from '../errors.js';
import { openProgress } from '../progress.js';

/** The options that every command has. */
export interface CommonOptions {
  readonly engine: EngineName;
  readonly threads?: number;
  readonly json?: boolean;
}

/** The model on the requested engine. A download shows its progress. */
export async function openModel(model: string, { engine, threads }: CommonOptions): Promise<SparseEncoder> {
  if (threads !== undefined && engine !== 'onnx') {
    throw new OptionError(`--threads is for the onnx engine, not for ${engine}`);
  }
  await setEngine(engine, threads === undefined ? undefined : { threads });
  let bar: ReturnType<typeof openProgress> | undefined;
  let shown = 0;
  try {
    return await SparseEncoder.load(model, {
      onDownload: (bytes, total) => {
        bar ??= openProgress(Math.ceil(total / MEBIBYTE));
        const done = Math.floor(bytes / MEBIBYTE);
        bar.advance('MiB', done - shown);
        shown = done;
      },
    });
  } finally {
    bar?.stop();
  }
}

const MEBIBYTE = 2 ** 20;
