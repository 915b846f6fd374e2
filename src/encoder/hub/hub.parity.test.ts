import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findReferencePython } from '../../python/environment.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { startFakeHub } from '../../testing/hub/fake-hub.js';
import { locateModel } from '../locate.js';
import { DEFAULT_ORGANIZATION, modelId, PLAIN_NAMES } from './model-id.js';

const python = findReferencePython();
const TIME = 200_000;

async function runPython(program: string, input: unknown = null): Promise<unknown> {
  const { stdout } = await promisify(execFile)(python ?? '', ['-c', program, JSON.stringify(input)], {
    env: { ...process.env, HF_HUB_DISABLE_TELEMETRY: '1', HF_HUB_DISABLE_PROGRESS_BARS: '1' },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as unknown;
}

/** The id that each class requests from the hub for each name, or null if it refuses the name. */
const RESOLVED = `
import json, os, sys
from sentence_transformers import SparseEncoder
from sentence_transformers.base import model as base
from sentence_transformers.util import ORIGINAL_TRANSFORMER_MODELS
from huggingface_hub.utils import HFValidationError, validate_repo_id

class Asked(Exception):
    pass

def ask(name, *args, **kwargs):
    validate_repo_id(name)
    raise Asked(name)

base._resolve_model_revision = ask

def resolved(name):
    try:
        SparseEncoder(name, device="cpu")
    except Asked as asked:
        return str(asked)
    except (FileNotFoundError, HFValidationError):
        return None

names = ORIGINAL_TRANSFORMER_MODELS + json.loads(sys.argv[1])
print(json.dumps({"plain": ORIGINAL_TRANSFORMER_MODELS, "ids": [[name, resolved(name)] for name in names]}))
`;

/** The id that the first module requests when it is made alone. */
const TRANSFORMER_ID = `
import json
from sentence_transformers.sparse_encoder.modules import MLMTransformer
from transformers.utils import hub

def ask(name, *args, **kwargs):
    raise SystemExit(print(json.dumps(name)))

hub.hf_hub_download = ask
MLMTransformer("splade")
`;

const CACHED = `
import json, os, sys
from huggingface_hub import get_cached_repo_tree, snapshot_download
from huggingface_hub.errors import IncompleteSnapshotError
cache, lost = json.loads(sys.argv[1])
tree = sorted([f.path, f.size, f.blob_id] for f in get_cached_repo_tree("org/model", cache_dir=cache))
needed = ["*.json", "*.safetensors"]
folder = snapshot_download("org/model", cache_dir=cache, local_files_only=True, allow_patterns=needed)
os.remove(os.path.join(folder, lost))
try:
    snapshot_download("org/model", cache_dir=cache, local_files_only=True, allow_patterns=needed)
    refusal = None
except IncompleteSnapshotError as error:
    refusal = str(error)
print(json.dumps([tree, folder, refusal]))
`;

const FILLED_IN_PART = `
import json, sys
from huggingface_hub import hf_hub_download
from huggingface_hub.errors import EntryNotFoundError
for name in ["config.json", "model.safetensors", "adapter_config.json"]:
    try:
        path = hf_hub_download("org/model", name, cache_dir=json.loads(sys.argv[1]))
    except EntryNotFoundError:
        pass
print(json.dumps(path))
`;

describe.runIf(python !== undefined)('names', () => {
  const others =
    'splade BERT-Base-Uncased gpt3 naver/splade-v3 bert-base-uncased/x a/b/c a--b a..b a.git -a a. ./a é'
      .split(' ')
      .concat('a b', 'x'.repeat(97));

  it(
    'are resolved as the reference resolves them',
    async () => {
      const { plain, ids } = (await runPython(RESOLVED, others)) as {
        plain: string[];
        ids: [string, string | null][];
      };
      expect([...PLAIN_NAMES]).toEqual(plain);
      expect(ids).toHaveLength(plain.length + others.length);
      expect(ids.map(([name]) => [name, modelId(name, DEFAULT_ORGANIZATION) ?? null])).toEqual(ids);
    },
    TIME,
  );

  it(
    'of a transformer by itself belong to no organization',
    async () => {
      expect(modelId('splade', null)).toBe(await runPython(TRANSFORMER_ID));
    },
    TIME,
  );
});

describe.runIf(python !== undefined)('the hub cache', () => {
  const commit = 'c'.repeat(40);
  const files = { 'config.json': '{}', 'modules.json': '[]', 'model.safetensors': 'weights', 'a.png': 'a' };

  it(
    'that is filled here is whole to huggingface_hub, which then notices a missing file, too',
    async () => {
      const cache = join(temporaryFolder(), 'hub');
      const hub = await startFakeHub();
      hub.models['org/model'] = { [commit]: files };
      hub.main['org/model'] = commit;
      const folder = await locateModel('org/model', { cacheFolder: cache });
      const [tree, theirs, refusal] = (await runPython(CACHED, [cache, 'modules.json'])) as unknown[];
      expect((tree as [string, number, string][]).map(([path, size]) => [path, size])).toEqual([
        ['a.png', 1],
        ['config.json', 2],
        ['model.safetensors', 7],
        ['modules.json', 2],
      ]);
      expect(theirs).toBe(folder);
      expect(refusal).toMatch(/modules\.json/);
    },
    TIME,
  );

  it(
    'that huggingface_hub filled in part is completed',
    async () => {
      const cache = join(temporaryFolder(), 'hub');
      const hub = await startFakeHub();
      hub.models['org/model'] = { [commit]: files };
      hub.main['org/model'] = commit;
      const path = (await runPython(FILLED_IN_PART, cache)) as string;
      await expect(locateModel('org/model', { cacheFolder: cache, localFilesOnly: true })).rejects.toThrow(
        'may have left out modules.json, config_sentence_transformers.json',
      );
      const before = hub.requests.length;
      expect(join(await locateModel('org/model', { cacheFolder: cache }), 'model.safetensors')).toBe(path);
      const asked = hub.requests.slice(before).join('\n');
      expect(asked).toContain('/resolve/');
      expect(asked).not.toContain('model.safetensors');
    },
    TIME,
  );
});
