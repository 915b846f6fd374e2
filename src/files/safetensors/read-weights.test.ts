import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../../errors.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { readWeights } from './read-weights.js';
import { writeSafetensors } from './write.js';

async function writeShard(path: string, name: string, value: number): Promise<void> {
  await writeSafetensors(path, [{ name, shape: [1], dtype: 'float32', values: Float32Array.of(value) }]);
}

function writeIndex(folder: string, weightMap: unknown): void {
  writeFileSync(
    join(folder, 'model.safetensors.index.json'),
    JSON.stringify({ metadata: { total_size: 8 }, weight_map: weightMap }),
  );
}

describe('readWeights', () => {
  it('reads the shards of an index as one, each tensor from the shard it is said to be in', async () => {
    const folder = temporaryFolder();
    await writeShard(join(folder, '1.safetensors'), 'a', 1);
    await writeShard(join(folder, '2.safetensors'), 'b', 2);
    writeIndex(folder, { a: '1.safetensors', b: '2.safetensors' });
    const { tensors, metadata } = readWeights(folder);
    expect([...tensors].map(([name, tensor]) => [name, tensor.values()[0]])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(metadata.get('format')).toBe('pt');
  });

  it('takes model.safetensors where there is also an index', async () => {
    const folder = temporaryFolder();
    await writeShard(join(folder, 'model.safetensors'), 'a', 1);
    writeIndex(folder, { b: 'none' });
    expect([...readWeights(folder).tensors.keys()]).toEqual(['a']);
  });

  it('reads shards that lie in the cache of the hub', async () => {
    const cache = temporaryFolder();
    const snapshot = join(cache, 'models--a--b', 'snapshots', 'abc');
    const blobs = join(cache, 'models--a--b', 'blobs');
    mkdirSync(snapshot, { recursive: true });
    mkdirSync(blobs);
    await writeShard(join(blobs, '0a1b'), 'a', 1);
    symlinkSync('../../blobs/0a1b', join(snapshot, '1.safetensors'));
    writeIndex(snapshot, { a: '1.safetensors' });
    expect(readWeights(snapshot).tensors.get('a')?.values()[0]).toBe(1);
  });

  it.each([
    ['leads out of the folder', { a: '../1.safetensors' }, /the path "..\/1.safetensors" leads out/],
    ['is missing', { a: 'none' }, /none cannot be read; expected a safetensors file/],
    [
      'lacks the tensor',
      { b: '1.safetensors' },
      /1\.safetensors has no tensor "b"; .*index\.json says that it has/,
    ],
    ['is a number', { a: 1 }, /index\.json: weight_map\.a is 1; expected a string/],
    ['is not a list of names', undefined, /index\.json: weight_map is missing; expected an object/],
  ])('refuses an index whose shard %s', async (_, weightMap, message) => {
    const folder = temporaryFolder();
    await writeShard(join(folder, '1.safetensors'), 'a', 1);
    writeIndex(folder, weightMap);
    expect(() => readWeights(folder)).toThrow(ModelFileError);
    expect(() => readWeights(folder)).toThrow(message);
  });

  it('never opens pickled weights, and says how to convert them', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'pytorch_model.bin'), 'x');
    expect(() => readWeights(folder)).toThrow(
      /pytorch_model\.bin holds pickled weights.*never read.*\nimport torch.*\nsave_file/,
    );
  });

  it('says what it expects in a folder without weights', () => {
    const folder = temporaryFolder();
    expect(() => readWeights(folder)).toThrow(
      `${folder} holds no weights; expected model.safetensors or model.safetensors.index.json`,
    );
  });
});
