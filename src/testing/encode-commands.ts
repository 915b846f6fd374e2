import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { TextId } from '../data/text-id.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { PAYLOAD_FORMATS, type PayloadFormatName } from '../sparse/payloads/formats.js';
import { rowOf } from '../sparse/row.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { MODELS } from './files/damaged-model.js';
import { type CommandResult, runCommand, runHere } from './run-command.js';

export const MODEL = join(MODELS, 'inference-free');
export const TEXTS = ['a painter of houses', '', 'water that runs\u2028and "stops"', 'été'];
export const NUMBERS = TEXTS.map((_, index) => index);
export const JSONL = TEXTS.map((text) => `${JSON.stringify(text)}\n`).join('');

/** The command `encode` on `MODEL`, for the tests of a file. They share a folder and a model. */
export interface EncodeCommands {
  readonly model: SparseEncoder;
  readonly folder: string;
  readonly inputFile: (name: string, content: string | Uint8Array) => string;
  readonly encode: (args: readonly string[], input?: string | Uint8Array) => Promise<CommandResult>;
  /** The same command in this process, with a file as input. */
  readonly encodeHere: (
    args: readonly string[],
    name: string,
    content: string | Uint8Array,
  ) => Promise<CommandResult>;
  /** The lines that a format produces for the texts with these ids. */
  readonly lines: (format: PayloadFormatName, ids: readonly TextId[], texts?: readonly string[]) => string;
}

const ENCODE = ['encode', MODEL, '--task', 'query'];

export function encodeCommands(): EncodeCommands {
  let model: SparseEncoder;
  /** The texts encoded as queries. No network runs for queries, so the output is the same to the last digit. */
  let expected: SparseMatrix;
  let folder = '';
  beforeAll(async () => {
    model = await SparseEncoder.load(MODEL);
    expected = await model.encodeQuery(TEXTS);
    folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-cli-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await model.dispose();
  });
  const inputFile = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  return {
    get model() {
      return model;
    },
    get folder() {
      return folder;
    },
    inputFile,
    encode: (args, input = '') => runCommand([...ENCODE, ...args], { input }),
    encodeHere: (args, name, content) => runHere([...ENCODE, '--input', inputFile(name, content), ...args]),
    lines: (format, ids, texts = TEXTS) =>
      ids
        .map((id, row) =>
          PAYLOAD_FORMATS[format].write(
            { ...rowOf(expected, row), columns: expected.columns, id, content: texts[row] ?? '' },
            model.tokenizer,
          ),
        )
        .map((line) => `${line}\n`)
        .join(''),
  };
}
