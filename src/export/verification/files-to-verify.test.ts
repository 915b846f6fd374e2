import { copyFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError, OptionError, UsageError } from '../../errors.js';
import { encoderOf, exported } from '../../testing/exports.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import type { Certificate } from '../certificate.js';
import { verifyOnnx } from './verify-onnx.js';
import type { VerifyOptions } from './verify-options.js';

const verified = async (path: string, name = 'splade-bert', options?: VerifyOptions): Promise<Certificate> =>
  verifyOnnx(path, await encoderOf(name), options);

describe('verifyOnnx, of the files of a folder', () => {
  it.each(['query', 'document'])('says that the file of the route %s is missing', async (route) => {
    const { folder: right } = await exported('inference-free', { format: 'dense' });
    const folder = join(temporaryFolder(), 'exported');
    cpSync(right, folder, { recursive: true });
    rmSync(join(folder, 'onnx', `${route}_model.onnx`));
    await expect(verified(folder, 'inference-free')).rejects.toThrow(
      new InputError(
        `${folder} lacks onnx/${route}_model.onnx of the route "${route}"; expected a file for each route of the encoder: onnx/query_model.onnx, onnx/document_model.onnx`,
      ),
    );
  });

  it('takes no route', async () => {
    const { folder } = await exported('inference-free', { format: 'dense' });
    await expect(verified(folder, 'inference-free', { route: 'query' })).rejects.toThrow(
      new OptionError(
        `${folder} is a folder, and all its routes are verified; leave out the option "route", or give one of its files`,
      ),
    );
  });

  it('takes a model.onnx beside the tokenizer', async () => {
    const folder = temporaryFolder();
    const { folder: right } = await exported('splade-bert', { format: 'dense' });
    copyFileSync(join(right, 'onnx', 'model.onnx'), join(folder, 'model.onnx'));
    expect(await verified(folder)).toMatchObject({ verdict: 'passed', files: [{ path: 'model.onnx' }] });
  });

  it('knows the file of a route by its name, or is told', async () => {
    const { folder } = await exported('inference-free', { format: 'dense' });
    const query = join(folder, 'onnx', 'query_model.onnx');
    expect(await verified(query, 'inference-free')).toMatchObject({
      verdict: 'passed',
      files: [{ path: 'query_model.onnx', route: 'query' }],
    });
    const other = join(temporaryFolder(), 'other.onnx');
    copyFileSync(query, other);
    await expect(verified(other, 'inference-free')).rejects.toThrow(
      new UsageError(
        `which route of the encoder does ${other} stand for? Give one of query, document as route`,
      ),
    );
    expect(await verified(other, 'inference-free', { route: 'query' })).toMatchObject({ verdict: 'passed' });
    expect(await verified(other, 'inference-free', { route: 'document' })).toMatchObject({
      verdict: 'failed',
    });
    await expect(verified(other, 'inference-free', { route: 'title' })).rejects.toThrow(
      new OptionError(`route is "title"; expected one of the encoder's, query, document`),
    );
    await expect(verified(other, 'splade-bert', { route: 'query' })).rejects.toThrow(
      new OptionError('the encoder has no routes; leave out the option "route"'),
    );
  });
});
