import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import type { Certificate } from '../export/certificate.js';
import { exportOnnx } from '../export/export-onnx.js';
import type { ExportOptions } from '../export/options.js';
import type { OnnxGraph } from '../onnx/model.js';
import { readOnnxFile } from '../onnx/read.js';
import { atFileEnd } from './at-file-end.js';
import { modelFixture } from './new-encoders.js';

export interface Exported {
  readonly encoder: SparseEncoder;
  readonly folder: string;
  readonly certificate: Certificate;
}

const encoders = new Map<string, Promise<SparseEncoder>>();
const folders = new Map<string, Promise<Exported>>();
let place: string | undefined;

/** The folder for all exports of the current test file. */
function placeOfFile(): string {
  if (place !== undefined) return place;
  const made = mkdtempSync(join(tmpdir(), 'sparse-encoder-export-'));
  place = made;
  atFileEnd(() => {
    place = undefined;
    folders.clear();
    rmSync(made, { recursive: true, force: true });
  });
  return made;
}

async function disposeEncoders(): Promise<void> {
  const opened = [...encoders.values()];
  encoders.clear();
  for (const encoder of opened) await (await encoder).dispose();
}

/** A tiny model, opened once for all tests of a file. */
export function encoderOf(name: string): Promise<SparseEncoder> {
  if (encoders.size === 0) atFileEnd(disposeEncoders);
  const encoder = encoders.get(name) ?? SparseEncoder.load(modelFixture(name));
  encoders.set(name, encoder);
  return encoder;
}

/** An encoder exported with these options, once for all tests of a file. */
export function exported(name: string, options: Omit<ExportOptions, 'output'> = {}): Promise<Exported> {
  const key = JSON.stringify([name, options]);
  const folder = join(placeOfFile(), String(folders.size));
  const made =
    folders.get(key) ??
    encoderOf(name).then(async (encoder) => ({
      encoder,
      folder,
      certificate: await exportOnnx(encoder, { output: folder, ...options }),
    }));
  folders.set(key, made);
  return made;
}

export const graphOf = (folder: string, file = 'model.onnx'): OnnxGraph =>
  readOnnxFile(join(folder, 'onnx', file)).graph;
