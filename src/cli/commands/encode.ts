import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import type { Task } from '../../encoder/prompts.js';
import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { OptionError } from '../../errors.js';
import { openProgress } from '../../progress.js';
import { PAYLOAD_FORMATS, type PayloadFormatName } from '../../sparse/payloads/formats.js';
import type { PayloadFormat } from '../../sparse/payloads/payload.js';
import { type CommonOptions, openModel } from '../open-model.js';
import { type InputText, readTexts, STANDARD } from '../read-texts.js';

export interface EncodeCommandOptions extends CommonOptions {
  readonly input: string;
  readonly output: string;
  readonly format: string;
  readonly task?: Task;
  readonly prompt?: string;
  readonly promptName?: string;
  readonly batchSize: number;
  readonly maxActiveDims?: number;
  readonly normalize?: boolean;
}

/** `sparse-encoder encode`: texts in, a line for each out, in bounded memory. */
export async function encodeCommand(modelPath: string, options: EncodeCommandOptions): Promise<void> {
  const format = formatOf(options.format);
  const model = await openModel(modelPath, options);
  const begin = performance.now();
  const output = await openOutput(options.output);
  try {
    const { texts, entries } = await writeEmbeddings(model, format, options, output.stream);
    await output.finish();
    if (options.output !== STANDARD || options.json === true) report(options, { texts, entries, begin });
  } catch (error) {
    await output.discard();
    throw error;
  }
}

async function writeEmbeddings(
  model: SparseEncoder,
  format: PayloadFormat,
  options: EncodeCommandOptions,
  stream: Writable,
): Promise<{ texts: number; entries: number }> {
  const { task, prompt, promptName, batchSize, maxActiveDims, normalize } = options;
  // Texts wait here from when they are read until their embeddings come, in the same order.
  const waiting: InputText[] = [];
  async function* texts(): AsyncGenerator<string> {
    for await (const each of readTexts(options.input)) {
      waiting.push(each);
      yield each.text;
    }
  }
  const tokenizer = format.tokens ? model.tokenizer : undefined;
  const progress = openProgress();
  let count = 0;
  let entries = 0;
  try {
    const rows = model.encodeStream(texts(), {
      batchSize,
      ...(task !== undefined && { task }),
      ...(prompt !== undefined && { prompt }),
      ...(promptName !== undefined && { promptName }),
      ...(maxActiveDims !== undefined && { maxActiveDims }),
      ...(normalize === true && { normalize }),
    });
    for await (const row of rows) {
      const { text, id } = waiting.shift() as InputText;
      const line = format.write({ ...row, columns: model.dimension ?? 0, id, content: text }, tokenizer);
      if (!stream.write(`${line}\n`)) await once(stream, 'drain');
      count++;
      entries += row.indices.length;
      progress.advance('texts');
    }
  } finally {
    progress.stop();
  }
  return { texts: count, entries };
}

interface Output {
  readonly stream: Writable;
  finish(): Promise<void>;
  discard(): Promise<void>;
}

/** A file is written under another name and renamed at the end. */
async function openOutput(path: string): Promise<Output> {
  if (path === STANDARD) {
    return { stream: process.stdout, finish: () => Promise.resolve(), discard: () => Promise.resolve() };
  }
  const unfinished = `${path}.${randomUUID()}.tmp`;
  const stream = createWriteStream(unfinished, { flags: 'wx' });
  await once(stream, 'open');
  return {
    stream,
    finish: async () => {
      stream.end();
      await once(stream, 'close');
      await rename(unfinished, path);
    },
    discard: async () => {
      stream.destroy();
      await rm(unfinished, { force: true });
    },
  };
}

function report(
  { json, output }: EncodeCommandOptions,
  { texts, entries, begin }: { texts: number; entries: number; begin: number },
): void {
  const seconds = (performance.now() - begin) / 1000;
  const activeDims = texts === 0 ? 0 : entries / texts;
  const line =
    json === true
      ? JSON.stringify({ output, texts, seconds, textsPerSecond: texts / seconds, activeDims })
      : `${texts} texts, ${activeDims.toFixed(1)} active dimensions each, ${seconds.toFixed(1)} s (${(texts / seconds).toFixed(0)} a second): ${output}`;
  process.stderr.write(`${line}\n`);
}

function formatOf(name: string): PayloadFormat {
  if (Object.hasOwn(PAYLOAD_FORMATS, name)) return PAYLOAD_FORMATS[name as PayloadFormatName];
  throw new OptionError(`there is no format "${name}"; there are ${Object.keys(PAYLOAD_FORMATS).join(', ')}`);
}
