import { promptForTask, type Task } from '../../encoder/prompts.js';
import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { EmbeddingError } from '../../errors.js';
import { openProgress } from '../../progress.js';
import { payloadFormat } from '../../sparse/payloads/formats.js';
import type { PayloadFormat } from '../../sparse/payloads/payload.js';
import { checkInput, STANDARD } from '../lines.js';
import { type CommonOptions, openModel } from '../open-model.js';
import { checkOutput, openOutput, type Output } from '../output.js';
import { type InputText, readTexts } from '../read-texts.js';

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
  const format = payloadFormat(options.format);
  // What is wrong with these is known before a model is loaded.
  await checkInput(options.input);
  await checkOutput(options.output);
  const model = await openModel(modelPath, options);
  const begin = performance.now();
  const output = await openOutput(options.output);
  try {
    const { texts, entries } = await writeEmbeddings(model, format, options, output);
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
  output: Output,
): Promise<{ texts: number; entries: number }> {
  const { task, promptName, batchSize, maxActiveDims, normalize } = options;
  // As encodeQuery and encodeDocument choose it.
  const prompt =
    options.prompt ??
    (task && promptName === undefined
      ? promptForTask(task, model.prompts, model.defaultPromptName)
      : undefined);
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
      await output.write(
        format.write({ ...row, columns: model.dimension ?? Infinity, id, content: text }, tokenizer),
      );
      count++;
      entries += row.indices.length;
      progress.advance('texts');
    }
  } catch (error) {
    if (!(error instanceof EmbeddingError)) throw error;
    throw error.at(error.text, waiting[error.text - count]?.place);
  } finally {
    progress.stop();
  }
  return { texts: count, entries };
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
