// @module-tag slow
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadOrt } from '../../engine/runtime/ort.js';
import { withEngine } from '../../engine/set-engine.js';
import type { OnnxModel } from '../../onnx/model.js';
import { readOnnxFile } from '../../onnx/read.js';
import { writeOnnxFile } from '../../onnx/write.js';
import type { ExportMutant } from '../../testing/export-mutants/mistake.js';
import { EXPORT_MUTANTS } from '../../testing/export-mutants/mutants.js';
import { encoderOf, exported } from '../../testing/exports.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { FORMATS } from '../formats.js';
import { verifyOnnx } from './verify-onnx.js';

type Origin = Pick<ExportMutant, 'model' | 'format' | 'route'>;

describe('a verification', () => {
  /** The right file. */
  async function fileOf({ model, format, route }: Origin): Promise<string> {
    const { folder } = await exported(model, { format });
    return join(folder, 'onnx', route === undefined ? 'model.onnx' : `${route}_model.onnx`);
  }

  /** The reasons why a file is refused; empty if it passes. */
  async function refusal(origin: Origin, file: string | OnnxModel): Promise<string[]> {
    const path = typeof file === 'string' ? file : join(temporaryFolder(), 'wrong.onnx');
    if (typeof file !== 'string') await writeOnnxFile(path, file);
    const { model, route } = origin;
    const { files } = await verifyOnnx(path, await encoderOf(model), {
      ...(route !== undefined && { route }),
    });
    return files.flatMap(({ failures }) => failures);
  }

  const origins = [...new Map(EXPORT_MUTANTS.map((each) => [nameOf(each), each])).values()];

  it.each(origins)('passes what ONNX Runtime makes of $model as $format, route $route', async (origin) => {
    const optimizedModelFilePath = join(temporaryFolder(), 'optimized.onnx');
    const { InferenceSession } = await loadOrt();
    const session = await InferenceSession.create(await fileOf(origin), {
      graphOptimizationLevel: 'extended',
      optimizedModelFilePath,
    });
    await session.release();
    const { graph } = readOnnxFile(optimizedModelFilePath);
    expect(graph.nodes.length).toBeLessThan(readOnnxFile(await fileOf(origin)).graph.nodes.length);
    expect(await refusal(origin, optimizedModelFilePath)).toEqual([]);
  });

  it.each(EXPORT_MUTANTS)('refuses $id: $what', async (mutant) => {
    const right = readOnnxFile(await fileOf(mutant));
    expect(await refusal(mutant, mutant.change(right))).not.toEqual([]);
  });

  it.each(EXPORT_MUTANTS.filter(({ model }) => model === 'splade-bert'))(
    'refuses $id on the cpu engine, too',
    async (mutant) => {
      const right = readOnnxFile(await fileOf(mutant));
      expect(await withEngine('cpu', () => refusal(mutant, mutant.change(right)))).not.toEqual([]);
    },
  );

  it('has mistakes of every format, and of each part of an encoder', () => {
    expect(EXPORT_MUTANTS).toHaveLength(48);
    expect(new Set(EXPORT_MUTANTS.map(({ id }) => id)).size).toBe(EXPORT_MUTANTS.length);
    expect(new Set(EXPORT_MUTANTS.map(({ format }) => format))).toEqual(new Set(Object.keys(FORMATS)));
  });
});

const nameOf = ({ model, format, route }: Origin): string => [model, format, route].join(' ');
