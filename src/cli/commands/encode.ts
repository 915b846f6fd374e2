import { createHash, type Hash } from 'node:crypto';
import { counted } from '../../counted.js';
import type { InputFormat } from '../../data/input-formats.js';
import { checkInput, noTexts, sourceOf, STANDARD } from '../../data/lines.js';
import { type InputCounts, type InputText, readTexts } from '../../data/read-texts.js';
import type { EncodeOptions } from '../../encoder/encode-options.js';
import { promptForTask, type Task } from '../../encoder/prompts.js';
import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { EmbeddingError, InputError, OptionError } from '../../errors.js';
import { NO_PROGRESS, openProgress } from '../../progress.js';
import { payloadFormat } from '../../sparse/payloads/formats.js';
import type { PayloadFormat } from '../../sparse/payloads/payload.js';
import { checkOutput, type OutputRule } from '../check-output.js';
import { modelVersion } from '../model-version.js';
import { type CommonOptions, openModel } from '../open-model.js';
import type { Checkpoint, Output, Resumable } from '../output-contract.js';
import { openOutput } from '../output.js';
import { checkPartial } from '../partial-file.js';
import { fileOf, isEmpty, tellSummary } from '../summary.js';

type OfTheLibrary = Pick<EncodeOptions, 'prompt' | 'promptName' | 'normalize'>;

export interface EncodeCommandOptions extends CommonOptions, OfTheLibrary {
  readonly input: string;
  readonly inputFormat?: InputFormat;
  readonly output: string;
  readonly force?: boolean;
  readonly resume?: boolean;
  readonly format: string;
  readonly task?: Task;
  readonly batchSize: number;
  readonly maxActiveDims?: number;
}

const ENCODE: Resumable = { what: 'an encode', unit: 'text', units: 'texts', keptEvery: 5000 };

/** `sparse-encoder encode`: reads texts and writes a line for each, in bounded memory. */
export async function encodeCommand(modelPath: string, options: EncodeCommandOptions): Promise<void> {
  const { input, output: path, force, resume } = options;
  const format = payloadFormat(options.format);
  const rule: OutputRule = { inputs: [input, modelPath], force, resume };
  // These faults are reported before a model is loaded.
  if (resume === true && path === STANDARD) throw new OptionError('--resume needs a file as --output');
  await checkInput(input);
  const isDevice = await checkOutput(path, rule);
  if (!isDevice) await checkPartial(path, rule, ENCODE);
  const settings = { model: await modelVersion(modelPath), ...linesDependOn(options) };
  const model = await openModel(modelPath, options);
  const begin = performance.now();
  const output = await openOutput(path, rule, settings, ENCODE);
  const run = startOf(output.done);
  try {
    await writeEmbeddings(model, format, options, { output, run });
    await output.finish();
  } catch (error) {
    await output.stop(() => checkpointOf(run));
    throw error;
  }
  tellWhatWasDone(run, output.done?.done ?? 0, (performance.now() - begin) / 1000, options);
}

function tellWhatWasDone(
  { texts, entries, cut, empty, rows, skipped }: EncodeRun,
  resumed: number,
  seconds: number,
  { input, output, json }: EncodeCommandOptions,
): void {
  const activeDims = texts === 0 ? 0 : entries / texts;
  const textsPerSecond = (texts - resumed) / seconds;
  tellSummary(
    {
      inputs: [{ input, counts: { rows, skipped }, texts, cut, empty, resumed }],
      result: `${activeDims.toFixed(1)} active dimensions a text`,
      figures: { textsPerSecond, activeDims },
      speed: `${counted(Math.round(textsPerSecond), 'text')} a second`,
      seconds,
      output: fileOf(output),
    },
    json,
  );
}

/** The options that an encode must share with the one that it resumes. */
function linesDependOn(options: EncodeCommandOptions): Record<string, string | number | boolean | null> {
  const { format, inputFormat, task, prompt, promptName, maxActiveDims, normalize, engine } = options;
  return {
    '--engine': engine,
    '--format': format,
    '--input-format': inputFormat ?? null,
    '--task': task ?? null,
    '--prompt': prompt ?? null,
    '--prompt-name': promptName ?? null,
    '--max-active-dims': maxActiveDims ?? null,
    '--normalize': normalize ?? false,
  };
}

/** An encode and its progress: the texts whose lines are written. */
interface EncodeRun extends InputCounts {
  texts: number;
  entries: number;
  cut: number;
  empty: number;
  readonly hash: Hash;
}

const startOf = (done: Checkpoint | undefined): EncodeRun => ({
  entries: 0,
  cut: 0,
  empty: 0,
  rows: 0,
  skipped: 0,
  ...done?.counts,
  texts: done?.done ?? 0,
  hash: createHash('sha256'),
});

function checkpointOf({ texts, entries, cut, empty, hash }: EncodeRun): Checkpoint {
  return { done: texts, counts: { entries, cut, empty }, sha256: hash.copy().digest('hex') };
}

function addText(hash: Hash, text: string): void {
  hash.update(`${JSON.stringify(text)}\n`);
}

async function writeEmbeddings(
  model: SparseEncoder,
  format: PayloadFormat,
  options: EncodeCommandOptions,
  { output, run }: { output: Output; run: EncodeRun },
): Promise<void> {
  const read = readTexts(options.input, { format: options.inputFormat, counts: run });
  if (output.done !== undefined) await passOver(read, output.done, options, run.hash);
  // Texts between being read and being embedded, by position in the remaining input.
  const waiting = new Map<number, InputText & { isCut?: boolean }>();
  async function* texts(): AsyncGenerator<string> {
    let place = 0;
    for await (const each of read) {
      waiting.set(place++, { ...each });
      yield each.text;
    }
  }
  const tokenizer = format.tokens ? model.tokenizer : undefined;
  // Lines on the same terminal already show the progress.
  const progress = options.output === STANDARD && process.stdout.isTTY ? NO_PROGRESS : openProgress();
  let shown = -run.texts;
  const showUpTo = (count: number): void => {
    progress.advance('texts', count - shown);
    shown = count;
  };
  let place = 0;
  try {
    const rows = model.encodeStream(texts(), {
      ...encodeOptionsOf(model, options),
      onProgress: showUpTo,
      onTruncate: (text) => {
        const cut = waiting.get(text);
        if (cut !== undefined) cut.isCut = true;
      },
    });
    for await (const row of rows) {
      const { text, id, isCut = false } = waiting.get(place) as InputText & { isCut?: boolean };
      await output.write(
        format.write({ ...row, columns: model.dimension ?? Infinity, id, content: text }, tokenizer),
      );
      waiting.delete(place++);
      addText(run.hash, text);
      run.texts++;
      run.entries += row.indices.length;
      run.cut += Number(isCut);
      run.empty += Number(isEmpty(text));
      await output.keep(() => checkpointOf(run));
    }
  } catch (error) {
    if (!(error instanceof EmbeddingError)) throw error;
    throw error.at(error.text, waiting.get(error.text)?.place);
  } finally {
    progress.stop();
  }
  if (run.texts === 0) throw noTexts(options.input);
}

/** @throws InputError if the input does not begin with the texts that were encoded before */
async function passOver(
  read: AsyncGenerator<InputText>,
  { done: texts, sha256 }: Checkpoint,
  { input, output }: EncodeCommandOptions,
  hash: Hash,
): Promise<void> {
  for (let count = 0; count < texts; count++) {
    const next = await read.next();
    if (next.done === true) break;
    addText(hash, next.value.text);
  }
  if (hash.copy().digest('hex') === sha256) return;
  throw new InputError(
    `${sourceOf(input)} does not begin with the ${counted(texts, 'text')} that ${output} was begun with; start again with --force`,
  );
}

function encodeOptionsOf(model: SparseEncoder, options: EncodeCommandOptions): EncodeOptions {
  const { task, promptName, batchSize, maxActiveDims, normalize } = options;
  // As in encodeQuery and encodeDocument.
  const prompt =
    options.prompt ??
    (task && promptName === undefined
      ? promptForTask(task, model.prompts, model.defaultPromptName)
      : undefined);
  return {
    batchSize,
    ...(task !== undefined && { task }),
    ...(prompt !== undefined && { prompt }),
    ...(promptName !== undefined && { promptName }),
    ...(maxActiveDims !== undefined && { maxActiveDims }),
    ...(normalize === true && { normalize }),
  };
}
