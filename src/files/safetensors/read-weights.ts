import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ModelFileError } from '../../errors.js';
import { orForeign } from '../folder/foreign-folder.js';
import { resolveInside } from '../folder/resolve-inside.js';
import { readJsonFile } from '../json/read-json-file.js';
import { preview } from '../preview.js';
import { readSafetensors, type Safetensors, type StoredTensor } from './read.js';

export const WEIGHTS_FILE = 'model.safetensors';
export const WEIGHTS_INDEX_FILE = 'model.safetensors.index.json';
const PICKLED_FILES = ['pytorch_model.bin', 'pytorch_model.bin.index.json'];

const weightsIndex = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

/**
 * The weights in a module's folder: `model.safetensors`, or the shards that its index names, read as one.
 *
 * @throws ModelFileError, also if there are no weights, or only pickled ones
 */
export function readWeights(folder: string): Safetensors {
  if (existsSync(join(folder, WEIGHTS_FILE))) return readSafetensors(join(folder, WEIGHTS_FILE));
  if (existsSync(join(folder, WEIGHTS_INDEX_FILE))) return readShards(join(folder, WEIGHTS_INDEX_FILE));
  const pickled = PICKLED_FILES.find((name) => existsSync(join(folder, name)));
  if (pickled !== undefined) throw new ModelFileError(pickledMessage(folder, pickled));
  throw new ModelFileError(
    orForeign(`${folder} holds no weights; expected ${WEIGHTS_FILE} or ${WEIGHTS_INDEX_FILE}`, folder),
  );
}

/** Exactly the tensors that the index names, each from the shard that it names. */
export function readShards(indexPath: string): Safetensors {
  const { weight_map: places } = readJsonFile(indexPath, weightsIndex, 'weightsIndex');
  const shards = new Map<string, Safetensors>();
  const tensors = new Map<string, StoredTensor>();
  const metadata = new Map<string, string>();
  for (const [name, file] of Object.entries(places)) {
    const path = resolveInside(dirname(indexPath), file);
    const shard = shards.get(path) ?? readSafetensors(path);
    shards.set(path, shard);
    const tensor = shard.tensors.get(name);
    if (tensor === undefined) {
      throw new ModelFileError(`${path} has no tensor ${preview(name)}; ${indexPath} says that it has`);
    }
    tensors.set(name, tensor);
    for (const [key, text] of shard.metadata) metadata.set(key, text);
  }
  return { tensors, metadata };
}

function pickledMessage(folder: string, file: string): string {
  const refusal = `${join(folder, file)} holds pickled weights, which can run any program when they are opened: they are never read; expected ${WEIGHTS_FILE}.`;
  if (file.endsWith('.json')) {
    return `${refusal} Load the model in Python and save it again with save_pretrained.`;
  }
  return `${refusal} If you trust the file, convert it in its folder with Python:\n${CONVERSION}`;
}

/** Clones, because tied tensors share memory, which safetensors refuses. */
const CONVERSION = `import torch; from safetensors.torch import save_file
save_file({k: v.clone().contiguous() for k, v in torch.load("pytorch_model.bin", map_location="cpu", weights_only=True).items()}, "model.safetensors", {"format": "pt"})`;
