import { cpSync, existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { ModelFileError, UsageError } from '../errors.js';
import { distance, openModel, ROUNDING, rows, TEXTS } from '../testing/encoding.js';
import { exported, graphOf } from '../testing/exports.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { exportOnnx } from './export-onnx.js';

describe('a limit of active dimensions', () => {
  const limited = { maxActiveDims: 5 } as const;

  it.each(['splade-bert', 'csr', 'splade-settings'])('is in the graph of %s', async (name) => {
    const { encoder, folder, certificate } = await exported(name, limited);
    expect(certificate.verdict).toBe('passed');
    const loaded = await openModel('', folder);
    expect(loaded.maxActiveDims).toBe(5);
    const found = rows(await loaded.encode(TEXTS));
    expect(distance(found, rows(await encoder.encode(TEXTS, limited)))).toBeLessThan(ROUNDING);
    const fewer = rows(await loaded.encode(TEXTS, { maxActiveDims: 3 }));
    expect(distance(fewer, rows(await encoder.encode(TEXTS, { maxActiveDims: 3 })))).toBeLessThan(ROUNDING);
  });

  it('is not exceeded by what was exported with it', async () => {
    const { folder } = await exported('splade-bert', limited);
    const loaded = await openModel('', folder);
    const refusal = (maxActiveDims: number | null): Promise<unknown> =>
      loaded.encode(TEXTS, { maxActiveDims }).catch((error: unknown) => error);
    expect(await refusal(6)).toEqual(
      new UsageError('6 active dimensions are requested; this model was exported with at most 5'),
    );
    expect(await refusal(null)).toBeInstanceOf(UsageError);
    expect(await refusal(5)).toMatchObject({ rows: TEXTS.length });
  });

  it('is the k of CSR, where none is given', async () => {
    const { folder } = await exported('csr');
    const loaded = await openModel('', folder);
    await expect(loaded.encode(TEXTS, { maxActiveDims: 9 })).rejects.toThrow(
      '9 active dimensions are requested; this model was exported with at most 8',
    );
  });

  it('may be as many as there are dimensions', async () => {
    const { certificate, folder } = await exported('splade-bert', { maxActiveDims: 300 });
    expect(certificate.verdict).toBe('passed');
    expect(graphOf(folder).nodes.some(({ op }) => op === 'TopK')).toBe(false);
  });
});

describe('an exported model', () => {
  it('encodes, and does nothing that takes weights', async () => {
    const { folder } = await exported('splade-bert');
    const loaded = await openModel('', folder);
    const needs = (what: string): string =>
      `${what} needs the weights, and this is an exported model, which encodes only; load the model that it was exported from`;
    const features = await loaded.preprocess(['a text']);
    expect(() => loaded.forward(features)).toThrow(needs('forward'));
    expect(() => loaded.namedParameters()).toThrow(needs('namedParameters'));
    expect(() => loaded.trainableVariables()).toThrow(needs('namedParameters'));
    const elsewhere = join(temporaryFolder(), 'saved');
    await expect(loaded.save(elsewhere)).rejects.toThrow(needs('save'));
    await expect(exportOnnx(loaded, { output: elsewhere })).rejects.toThrow(
      'this is an exported model, without weights',
    );
    expect(existsSync(elsewhere)).toBe(false);
  });

  it('is disposed where its file was missing, and reads it where it is there again', async () => {
    const { folder } = await exported('splade-bert', { format: 'dense' });
    const copy = join(temporaryFolder(), 'copy');
    cpSync(folder, copy, { recursive: true });
    const graph = join(copy, 'onnx', 'model.onnx');
    renameSync(graph, `${graph}.gone`);
    const loaded = await openModel('', copy);
    await expect(loaded.encode('a text')).rejects.toThrow(
      /model\.onnx is missing; expected an exported ONNX file/,
    );
    renameSync(`${graph}.gone`, graph);
    expect(await loaded.encode('a text')).toMatchObject({ rows: 1 });
    renameSync(graph, `${graph}.gone`);
    const other = await SparseEncoder.load(copy);
    await expect(other.encode('a text')).rejects.toThrow(ModelFileError);
    await other.dispose();
  });

  it('takes pairs', async () => {
    const { encoder, folder } = await exported('splade-bert');
    const pairs = [['a dog', 'an animal'] as const, ['a painter of houses', 'walls'] as const];
    const loaded = await openModel('', folder);
    const expected = rows(await encoder.encode(pairs));
    expect(distance(rows(await loaded.encode(pairs)), expected)).toBeLessThan(ROUNDING);
  });

  it('has no embeddings where only logits were exported', async () => {
    const { folder, certificate } = await exported('splade-bert', { format: 'logits' });
    expect(certificate).toMatchObject({ verdict: 'passed', files: [{ outputs: 'logits' }] });
    expect(graphOf(folder).outputs).toEqual([
      { name: 'logits', type: 'float32', dims: ['batch_size', 'sequence_length', 300] },
    ]);
    const loaded = await openModel('', folder);
    await expect(loaded.encode('a text')).rejects.toThrow(ModelFileError);
    await expect(loaded.encode('a text')).rejects.toThrow(
      /model\.onnx gives the logits of every token, not embeddings; expected an export of format sparse, dense or all/,
    );
  });
});
