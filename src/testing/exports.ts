import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import type { Certificate } from '../export/certificate.js';
import { exportOnnx } from '../export/export-onnx.js';
import type { ExportOptions } from '../export/options.js';
import type { OnnxGraph } from '../onnx/model.js';
import { readOnnxFile } from '../onnx/read.js';
import { modelFixture } from './new-encoders.js';

export interface Exported {
  readonly encoder: SparseEncoder;
  readonly folder: string;
  readonly certificate: Certificate;
}

const place = mkdtempSync(join(tmpdir(), 'sparse-encoder-export-'));
const encoders = new Map<string, Promise<SparseEncoder>>();
const folders = new Map<string, Promise<Exported>>();

afterAll(async () => {
  rmSync(place, { recursive: true, force: true });
  for (const encoder of encoders.values()) await (await encoder).dispose();
});

/** A tiny model, opened once for all tests of a file. */
export function encoderOf(name: string): Promise<SparseEncoder> {
  const encoder = encoders.get(name) ?? SparseEncoder.load(modelFixture(name));
  encoders.set(name, encoder);
  return encoder;
}

/** An encoder exported with some options, once for all tests of a file. */
export function exported(name: string, options: Omit<ExportOptions, 'output'> = {}): Promise<Exported> {
  const key = JSON.stringify([name, options]);
  const folder = join(place, String(folders.size));
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
