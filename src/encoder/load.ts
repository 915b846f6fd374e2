import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { onEncodingEngine } from '../engine/set-engine.js';
import { ModelFileError } from '../errors.js';
import { orForeign } from '../files/folder/foreign-folder.js';
import { type ModuleEntry, MODULES_FILE, readModulesJson } from '../files/folder/modules-json.js';
import { resolveInside } from '../files/folder/resolve-inside.js';
import { readSentenceTransformersConfig } from '../files/folder/sentence-transformers-config.js';
import { readJsonFile } from '../files/json/read-json-file.js';
import { readBytes } from '../files/read-bytes.js';
import { kindOfClass } from '../modules/catalog.js';
import type { Module } from '../modules/module.js';
import { pooling } from '../modules/pooling.js';
import { sparseAutoEncoder } from '../modules/sparse-auto-encoder.js';
import { spladePooling } from '../modules/splade-pooling.js';
import { transformerKind } from '../modules/transformer/transformer.js';
import { warn } from '../warnings.js';
import { readAdapter } from './adapter-files.js';
import { checkChain } from './check-chain.js';
import { type EncoderParts, MODEL_TYPE } from './encoder-parts.js';
import { loadModule, type ModelFolder } from './load-module.js';
import { loadTransformerModule } from './load-transformer.js';
import type { LocateOptions } from './locate.js';
import { disposeModules, leavesOf } from './module-tree.js';
import { requireNewSize } from './weights.js';

const README_FILE = 'README.md';

/** The model_type of a dense model. Older files do not have it. */
const DENSE_TYPE = 'SentenceTransformer';

/**
 * Loads the model in a folder:
 *
 * - a sparse encoder, as saved;
 * - a dense sentence-transformers model, with a new SparseAutoEncoder after it;
 * - a transformers checkpoint, with SpladePooling if it is a masked language model, otherwise with mean pooling and a
 *   new SparseAutoEncoder. From a model of another sentence-transformers type only the transformer is used.
 *
 * @param locate how the base model of an adapter is found
 * @throws ModelFileError
 */
export async function loadModel(folder: string, locate: LocateOptions): Promise<EncoderParts> {
  const model: ModelFolder = { root: folder, locate, made: [] };
  try {
    return await loadInto(model);
  } catch (error) {
    disposeModules(model.made);
    throw error;
  }
}

async function loadInto(model: ModelFolder): Promise<EncoderParts> {
  const { root: folder } = model;
  const entries = readModulesJson(folder);
  const config = readSentenceTransformersConfig(folder) ?? {};
  const { model_type: type } = config;
  if (entries === undefined) return await loadCheckpoint(model);
  // Modules that only sparse encoders have are more reliable than a model_type, which may be missing.
  const isNamedSparse = entries.some((entry) => kindOfClass(entry.type)?.family !== undefined);
  if (!isNamedSparse && type !== undefined && type !== MODEL_TYPE && type !== DENSE_TYPE) {
    warn(
      `${folder} is a ${type}; its transformer is used, and its other modules and its settings are ignored`,
    );
    return await loadCheckpoint(model);
  }
  const modules = await loadEntries(entries, model);
  const kwargs = entries.map((entry) => entry.kwargs);
  const isSparse = leavesOf(modules).some(({ module }) => module.kind.family !== undefined);
  if (type === MODEL_TYPE || isSparse) {
    if (type !== undefined && type !== MODEL_TYPE) {
      warn(
        `${folder}: model_type is "${type}", but its modules make sparse embeddings; it is opened as a ${MODEL_TYPE}`,
      );
    }
    return { modules, kwargs, config, readme: readReadme(folder) };
  }
  warn(
    `${folder} is a dense SentenceTransformer; a new, untrained SparseAutoEncoder makes a CSR model of it`,
  );
  return { modules: [...modules, autoEncoderFor(modules, folder)], kwargs, config, readme: undefined };
}

async function loadEntries(entries: readonly ModuleEntry[], model: ModelFolder): Promise<Module[]> {
  const path = join(model.root, MODULES_FILE);
  const modules: Module[] = [];
  for (const [index, { path: inner, type }] of entries.entries()) {
    const neighbours = { before: modules.at(-1), after: entries[index + 1]?.type };
    const module = { ...model, namedBy: path };
    modules.push(await loadModule(resolveInside(model.root, inner), type, module, neighbours));
  }
  checkChain(modules, path);
  return modules;
}

/** The reference's sizes for the auto-encoder of a dense model: d -> 4 d latents, d / 4 of them active. */
function autoEncoderFor(modules: readonly Module[], folder: string): Module {
  const dimension = modules.findLast((module) => module.dimension !== undefined)?.dimension;
  if (dimension === undefined) {
    throw new ModelFileError(
      `${folder}: no module says how many dimensions its embeddings have, which a SparseAutoEncoder needs`,
    );
  }
  requireNewSize([{ shape: [4 * dimension, dimension] }], folder);
  return onEncodingEngine(() =>
    sparseAutoEncoder({
      inputDim: dimension,
      hiddenDim: 4 * dimension,
      k: Math.max(1, Math.floor(dimension / 4)),
      kAux: Math.floor(dimension / 2),
    }),
  );
}

const modelConfig = z.looseObject({ architectures: z.array(z.string()).nullish() });

async function loadCheckpoint(model: ModelFolder): Promise<EncoderParts> {
  const { root: folder, locate } = model;
  const adapter = await readAdapter(folder, locate);
  const path = join(adapter?.baseFolder ?? folder, 'config.json');
  if (!existsSync(path)) {
    throw new ModelFileError(
      orForeign(`${folder} has neither modules.json nor config.json; expected the folder of a model`, folder),
    );
  }
  const { architectures } = readJsonFile(path, modelConfig);
  const isMasked = architectures?.some((name) => name.endsWith('ForMaskedLM')) ?? false;
  const config = { transformer_task: isMasked ? 'fill-mask' : 'feature-extraction' };
  const transformer = await loadTransformerModule(
    folder,
    transformerKind,
    { path, json: config },
    { locate },
  );
  model.made.push(transformer);
  const named = architectures?.length ? `a checkpoint of ${architectures.join(', ')}` : 'a bare checkpoint';
  warn(
    isMasked
      ? `${folder} is ${named}, read without modules: SpladePooling makes embeddings of its logits, which are sparse only if it was trained for that`
      : `${folder} is ${named}, read without modules: mean pooling and a new, untrained SparseAutoEncoder make a CSR model of it, whose embeddings mean nothing until it is trained`,
  );
  const rest = isMasked ? [spladePooling()] : meanPooledAutoEncoder(transformer, folder);
  return { modules: [transformer, ...rest], config: {}, readme: undefined };
}

/** The reference's sizes: 4 d latents, 256 of them active, or all if there are fewer. */
function meanPooledAutoEncoder(transformer: Module, folder: string): Module[] {
  const { dimension } = transformer;
  if (dimension === undefined) {
    throw new ModelFileError(`${folder}: config.json does not say how wide the model is`);
  }
  requireNewSize([{ shape: [4 * dimension, dimension] }], folder);
  return onEncodingEngine(() => [
    pooling({ embeddingDimension: dimension, poolingMode: 'mean' }),
    sparseAutoEncoder({
      inputDim: dimension,
      hiddenDim: 4 * dimension,
      k: Math.min(256, dimension),
      kAux: Math.min(512, 4 * dimension),
    }),
  ]);
}

function readReadme(folder: string): string | undefined {
  const path = join(folder, README_FILE);
  return existsSync(path) ? Buffer.from(readBytes(path, 'readme')).toString() : undefined;
}
