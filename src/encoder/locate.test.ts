import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DownloadError, InputError, ModelFileError, OptionError } from '../errors.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { type FakeHub, type HubFiles, startFakeHub } from '../testing/hub/fake-hub.js';
import { recordWarnings } from '../testing/warnings.js';
import { locateModel } from './locate.js';

const COMMIT = 'c'.repeat(40);
const FILES: Readonly<HubFiles> = {
  'modules.json': '[{"name": "0", "path": ""}, {"name": "1", "path": "1_SpladePooling"}]',
  'config.json': '{}',
  'config_sentence_transformers.json': '{"model_type": "SparseEncoder"}',
  'model.safetensors': 'weights',
  '1_SpladePooling/config.json': '{"pooling_strategy": "max"}',
  'pytorch_model.bin': 'a pickle',
  'onnx/model.onnx': 'a graph',
  'onnx/config.json': '{}',
  'checkpoint-7/model.safetensors': 'other weights',
  'figure (1).png': 'a figure',
  'what? 100% #1/odd.json': '{}',
};
const NEEDED = [
  '1_SpladePooling/config.json',
  'config.json',
  'config_sentence_transformers.json',
  'model.safetensors',
  'modules.json',
];

let cache: string;
let hub: FakeHub;
let files: HubFiles;
let snapshot: string;

beforeEach(async () => {
  cache = join(temporaryFolder(), 'hub');
  hub = await startFakeHub();
  files = { ...FILES };
  hub.models['org/model'] = { [COMMIT]: files };
  hub.main['org/model'] = COMMIT;
  snapshot = join(cache, 'models--org--model', 'snapshots', COMMIT);
});

const locate = (options: Parameters<typeof locateModel>[1] = {}): Promise<string> =>
  locateModel('org/model', { cacheFolder: cache, ...options });

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .flatMap((entry) => (entry.isDirectory() ? [] : [join(entry.parentPath, entry.name)]))
    .map((path) => path.slice(folder.length + 1))
    .toSorted();
}

/** Makes a snapshot like that of another library that stores no listing. */
async function fillInPart(names: readonly string[], absent: readonly string[] = []): Promise<void> {
  const repository = join(cache, 'models--org--model');
  for (const name of names) {
    await mkdir(join(snapshot, name, '..'), { recursive: true });
    await writeFile(join(snapshot, name), files[name] ?? '');
  }
  await mkdir(join(repository, 'refs'), { recursive: true });
  await writeFile(join(repository, 'refs', 'main'), COMMIT);
  await mkdir(join(repository, '.no_exist', COMMIT), { recursive: true });
  for (const name of absent) await writeFile(join(repository, '.no_exist', COMMIT, name), '');
}

it('takes a folder as it is', async () => {
  expect(await locateModel(cache.slice(0, -'/hub'.length))).toBe(cache.slice(0, -'/hub'.length));
  expect(hub.requests).toEqual([]);
});

describe('a download', () => {
  it('brings what the model needs into the layout of the hub cache, once', async () => {
    const seen: [number, number][] = [];
    const onDownload = (bytes: number, total: number): unknown => seen.push([bytes, total]);
    expect(await locate({ onDownload })).toBe(snapshot);
    expect(await filesIn(snapshot)).toEqual(NEEDED);
    for (const name of NEEDED) expect(await readFile(join(snapshot, name), 'utf8')).toBe(FILES[name]);
    expect(await readFile(join(cache, 'models--org--model', 'refs', 'main'), 'utf8')).toBe(COMMIT);
    const total = NEEDED.reduce((sum, name) => sum + (FILES[name] as string).length, 0);
    expect(seen.at(-1)).toEqual([total, total]);

    const before = hub.requests.length;
    expect(await locate({ onDownload })).toBe(snapshot);
    expect(await locate({ localFilesOnly: true, revision: COMMIT })).toBe(snapshot);
    expect(hub.requests.length).toBe(before);
  });

  it('takes the folders that a router in the root names, and odd names within them', async () => {
    const odd = 'query_0/a #1 (100%)?.json';
    hub.models['org/model'] = {
      [COMMIT]: {
        'modules.json': '[{"name": "0", "path": ""}]',
        'router_config.json': '{"types": {"": "a.MLMTransformer", "query_0": "a.Static"}}',
        'query_0/model.safetensors': 'query weights',
        [odd]: '{}',
        'other/model.safetensors': 'other weights',
      },
    };
    await locate();
    expect(await filesIn(snapshot)).toEqual(
      ['modules.json', odd, 'query_0/model.safetensors', 'router_config.json'].toSorted(),
    );
  });

  it('that was cut off is not taken for a model, and is finished by the next', async () => {
    hub.unavailable.add('model.safetensors');
    await expect(locate()).rejects.toThrow(DownloadError);
    await expect(locate({ localFilesOnly: true, revision: COMMIT })).rejects.toThrow(
      /has org\/model in part only \(.*model\.safetensors.* missing\), and downloading is turned off$/,
    );
    hub.unavailable.clear();
    expect(await readFile(join(await locate(), 'model.safetensors'), 'utf8')).toBe('weights');
  });

  it('is done again for a file that became shorter, or whose content is gone', async () => {
    await locate();
    await truncate(join(snapshot, 'model.safetensors'), 3);
    expect(await readFile(join(await locate(), 'model.safetensors'), 'utf8')).toBe('weights');
    await rm(join(cache, 'models--org--model', 'blobs'), { recursive: true });
    expect(await readFile(join(await locate(), 'config.json'), 'utf8')).toBe('{}');
  });

  it('may run several times at once', async () => {
    expect(await Promise.all(Array.from({ length: 6 }, () => locate()))).toEqual(Array(6).fill(snapshot));
    const repository = join(cache, 'models--org--model');
    expect((await filesIn(repository)).filter((name) => /incomplete|tmp/.test(name))).toEqual([]);
    expect(await filesIn(snapshot)).toEqual(NEEDED);
  });

  it('of content that is not what the hub lists is refused', async () => {
    hub.replaced['model.safetensors'] = '<html>Log in to the proxy</html>';
    await expect(locate()).rejects.toThrow('model.safetensors is longer than the 7 bytes that the hub lists');
    hub.replaced['model.safetensors'] = 'WEIGHTS';
    await expect(locate()).rejects.toThrow(DownloadError);
  });

  it('follows a branch when the cache has nothing of it, and keeps both commits', async () => {
    await locate();
    const later = 'd'.repeat(40);
    hub.models['org/model'] = { [COMMIT]: files, [later]: { ...files, 'config.json': '{"later": true}' } };
    const found = await locate({ revision: later });
    expect(await readFile(join(found, 'config.json'), 'utf8')).toBe('{"later": true}');
    expect(await readFile(join(await locate(), 'config.json'), 'utf8')).toBe('{}');
  });

  it('of names outside the folder is not made', async () => {
    files['../../evil.json'] = '{}';
    await expect(locate()).rejects.toThrow('the hub names a file "../../evil.json"; expected a path inside');
    await expect(filesIn(cache)).rejects.toThrow('ENOENT');
  });

  it('of pickled weights alone is refused before anything is downloaded', async () => {
    hub.models['org/model'] = { [COMMIT]: { 'config.json': '{}', 'pytorch_model.bin': 'a pickle' } };
    await expect(locate()).rejects.toThrow(ModelFileError);
    await expect(locate()).rejects.toThrow(/^org\/model has its weights pickled only/);
  });
});

describe('a snapshot that another library filled in part', () => {
  it.each([
    ['without modules.json', ['config.json', 'model.safetensors']],
    ['without weights', ['modules.json', 'config.json', 'config_sentence_transformers.json']],
  ])('is completed: %s', async (_, names) => {
    await fillInPart(names);
    expect(await locate()).toBe(snapshot);
    expect(await filesIn(snapshot)).toEqual(NEEDED);
  });

  it('is refused without a network where the missing decides which model it is', async () => {
    await fillInPart(['config.json', 'model.safetensors'], ['config_sentence_transformers.json']);
    const lack = 'in part only (another library may have left out modules.json, without which';
    await expect(locate({ localFilesOnly: true })).rejects.toThrow(InputError);
    await expect(locate({ localFilesOnly: true })).rejects.toThrow(lack);
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
    await expect(locate()).rejects.toThrow(DownloadError);
    await expect(locate()).rejects.toThrow(lack);
  });

  it('is opened without a network, with a warning, where what decides is known', async () => {
    const warnings = recordWarnings();
    await fillInPart(
      ['config.json', 'model.safetensors'],
      ['modules.json', 'config_sentence_transformers.json'],
    );
    expect(await locate({ localFilesOnly: true })).toBe(snapshot);
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
    expect(await locate()).toBe(snapshot);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^org\/model is opened from the hub cache as it is; .* downloading is turned off$/,
      ),
      expect.stringMatching(
        /^org\/model is opened from the hub cache as it is; .* downloading failed \(no connection \(.+\)\)$/,
      ),
    ]);
    expect(hub.requests).toEqual([]);
  });

  it('of which the cache keeps the listing is opened without the hub only if it is whole', async () => {
    await locate();
    await rm(join(snapshot, '1_SpladePooling'), { recursive: true });
    vi.stubEnv('HF_HUB_OFFLINE', 'on');
    await expect(locate({ localFilesOnly: false })).rejects.toThrow(
      'in part only (1_SpladePooling/config.json missing), and downloading is turned off',
    );
  });

  it('is not a snapshot of a branch that the cache knows by its commit alone', async () => {
    await fillInPart([]);
    await expect(locate({ localFilesOnly: true })).rejects.toThrow(
      /the hub cache .* does not have org\/model/,
    );
    expect(await locate()).toBe(snapshot);
  });
});

it.each(['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'])('asks nothing with %s=1', async (name) => {
  vi.stubEnv(name, '1');
  await expect(locate()).rejects.toThrow(InputError);
  expect(hub.requests).toEqual([]);
});

it.each([
  ['HF_HUB_CACHE', '$PLACE', ''],
  ['HUGGINGFACE_HUB_CACHE', '${PLACE}', ''],
  ['SENTENCE_TRANSFORMERS_HOME', '$PLACE', ''],
  ['HF_HOME', '$PLACE', 'hub'],
  ['XDG_CACHE_HOME', '$PLACE', 'huggingface/hub'],
])('keeps models where %s says', async (name, value, below) => {
  const place = temporaryFolder();
  for (const other of ['HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'HF_HOME']) vi.stubEnv(other, '');
  vi.stubEnv('PLACE', place);
  vi.stubEnv(name, value);
  expect(await locateModel('org/model')).toBe(join(place, below, 'models--org--model', 'snapshots', COMMIT));
});

it('finds a plain name where the hub has moved its model to an organization', async () => {
  hub.renamed['bert-base-uncased'] = 'google-bert/bert-base-uncased';
  hub.models['google-bert/bert-base-uncased'] = { [COMMIT]: { ...FILES } };
  hub.main['google-bert/bert-base-uncased'] = COMMIT;
  const found = await locateModel('bert-base-uncased', { cacheFolder: cache });
  expect(found).toBe(join(cache, 'models--bert-base-uncased', 'snapshots', COMMIT));
  expect(await filesIn(found)).toEqual(NEEDED);
});

it('reports a name of neither a folder nor a model', async () => {
  await expect(locateModel(join(cache, 'nothing'))).rejects.toThrow(/there is no folder .*not a model id/);
  await mkdir(cache, { recursive: true });
  await writeFile(join(cache, 'file'), '');
  await expect(locateModel(join(cache, 'file'))).rejects.toThrow(/is a file; expected the folder/);
  await expect(locate({ revision: '../x' })).rejects.toThrow(OptionError);
  await expect(locateModel('nope', { cacheFolder: cache })).rejects.toThrow(
    'there is no folder nope, and sparse-encoder/nope cannot be downloaded from the hub: there is no such model or revision',
  );
  vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
  await expect(locate()).rejects.toThrow(
    /^there is no folder org\/model, and org\/model cannot be downloaded from the hub: no connection \(.+\)$/,
  );
});
