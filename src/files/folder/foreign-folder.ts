import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A kind of folder that is often mistaken for a model's: what it is, and what to do. */
interface ForeignKind {
  /** The name of one of its files or folders. */
  readonly name: RegExp;
  readonly told: (name: string, folder: string) => string;
}

const SAVED_IN_PYTHON = 'load the model in Python and save it again with save_pretrained';

const KINDS: readonly ForeignKind[] = [
  {
    name: /\.(?:incomplete|part|crdownload|aria2)$/,
    told: (name) => `${name} is a download that was not finished; download the model again`,
  },
  {
    name: /^adapter_model\.(?:safetensors|bin)$/,
    told: (name) =>
      `${name} holds a PEFT adapter without its adapter_config.json, which names its base model; copy that file, too`,
  },
  {
    name: /\.gguf$/,
    told: (name) =>
      `${name} is a model in GGUF, the format of llama.cpp, which is not supported; use the model's folder with model.safetensors`,
  },
  {
    name: /^(?:tf_model\.h5|.*\.ckpt\.(?:index|meta))$/,
    told: (name) => `${name} holds weights of TensorFlow; ${SAVED_IN_PYTHON} (transformers 4, from_tf=True)`,
  },
  {
    name: /^flax_model\.msgpack$/,
    told: (name) => `${name} holds weights of Flax; ${SAVED_IN_PYTHON} (transformers 4, from_flax=True)`,
  },
  {
    name: /^(?:.*\.onnx|openvino|openvino_model\.xml)$/,
    told: (name) =>
      `${name} is a graph of another exporter's; expected the weights, or a folder that export of this package wrote`,
  },
  {
    name: /\.(?:zip|tar|tgz|7z|tar\.(?:gz|bz2|xz|zst))$/,
    told: (name) => `${name} is an archive; unpack it first`,
  },
  {
    name: /^snapshots$/,
    told: (_, folder) =>
      `it is a repository in the hub's cache; open one of its snapshots${firstIn(folder, 'snapshots')}, or the model by its id`,
  },
  {
    name: /^checkpoint-\d+$/,
    told: (name) => `it holds checkpoints of a training; open one of them, such as ${name}`,
  },
];

/** The folder of a module, which is a part of a model: `1_SpladePooling`, `document_0_Transformer`. */
const MODULE_FOLDER = /(?:^|_)\d+_[A-Z]\w*$/;

/** What a folder without a model's files is instead, and what to do with it; undefined if nothing tells. */
export function foreignFolder(folder: string): string | undefined {
  const names = namesIn(folder);
  for (const { name, told } of KINDS) {
    const found = names.find((each) => name.test(each));
    if (found !== undefined) return told(found, folder);
  }
  const inner = names.filter(
    (each) => !MODULE_FOLDER.test(each) && existsSync(join(folder, each, 'config.json')),
  );
  return inner.length === 1 && !existsSync(join(folder, 'config.json'))
    ? `its folder ${inner[0]} holds a model; open that`
    : undefined;
}

/** Adds to the message what the folder is, if that is known. */
export function orForeign(message: string, folder: string): string {
  const told = foreignFolder(folder);
  return told === undefined ? message : `${message}: ${told}`;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function firstIn(folder: string, inner: string): string {
  const [first] = namesIn(join(folder, inner));
  return first === undefined ? '' : `, such as ${join(inner, first)}`;
}
