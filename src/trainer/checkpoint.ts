import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { leavesOf } from '../encoder/module-tree.js';
import { modelWriters, textWriter } from '../encoder/save.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { InputError } from '../errors.js';
import { MODEL_FOLDER, type FolderSort } from '../files/folder/replaceable.js';
import { type FileWriter, writeFolder } from '../files/folder/write-folder.js';
import { isMissing } from '../files/is-missing.js';
import { readSafetensors } from '../files/safetensors/read.js';
import { type TensorToStore, writeSafetensors } from '../files/safetensors/write.js';
import { writeTextWhole } from '../files/write-file.js';
import { tf } from '../tf.js';
import type { BoundOptimizer, BoundOptimizerState, NamedVariable } from '../training/bound-optimizer.js';
import { warn } from '../warnings.js';
import { type SavedState, STATE_FILE } from './saved-state.js';

const OPTIMIZER_FILE = 'optimizer.safetensors';
const LOSS_FILE = 'loss.safetensors';
/** Written last, with the hash of every other file. A folder that has it is whole. */
export const MANIFEST_FILE = 'manifest.json';
/** What a checkpoint has beside the files of the model. */
export const TRAINER_FILES: readonly string[] = [STATE_FILE, OPTIMIZER_FILE, LOSS_FILE, MANIFEST_FILE];

const CHECKPOINT: FolderSort = {
  name: 'a checkpoint',
  mark: MANIFEST_FILE,
  mayHave: (path) => TRAINER_FILES.includes(path) || MODEL_FOLDER.mayHave(path),
};

const MANIFEST = z.object({ files: z.record(z.string(), z.string()) });

export interface CheckpointContents {
  readonly model: SparseEncoder;
  /** The model's card. Default: its current card. */
  readonly readme?: string;
  /** Undefined for a checkpoint that is a model only. */
  readonly trainer?: {
    readonly saved: Omit<SavedState, 'version' | 'optimizerSteps'>;
    readonly optimizer: BoundOptimizer;
    /** The parameters that the losses own. */
    readonly lossParameters: readonly NamedVariable[];
  };
}

export const checkpointName = (step: number): string => `checkpoint-${step}`;

/** Writes a checkpoint, which is also a model folder. The folder is either whole or absent. */
export async function saveCheckpoint(folder: string, contents: CheckpointContents): Promise<void> {
  const { model, trainer } = contents;
  const own = model.contents();
  const toSave = { ...own, readme: contents.readme ?? own.readme };
  const writers: FileWriter[] = modelWriters(toSave, { dtype: 'F32', hasWeights: () => true });
  if (trainer !== undefined) {
    const { saved, optimizer, lossParameters } = trainer;
    const state = optimizer.state();
    writers.push(
      tensorsWriter(OPTIMIZER_FILE, momentsOf(optimizer, state)),
      textWriter(
        STATE_FILE,
        `${JSON.stringify({ version: 1, ...saved, optimizerSteps: state.steps } satisfies SavedState, null, 2)}\n`,
      ),
    );
    if (lossParameters.length > 0) {
      const tensors = lossParameters.map(([name, variable]) => ({
        name,
        shape: variable.shape,
        dtype: 'float32' as const,
        values: async () => (await variable.data()) as Float32Array,
      }));
      writers.push(tensorsWriter(LOSS_FILE, tensors));
    }
  }
  const files = writers.map(({ path }) => path);
  writers.push({ path: MANIFEST_FILE, write: (to) => writeManifest(to, files) });
  await writeFolder(folder, writers, { overwrite: true, sort: CHECKPOINT });
}

function momentsOf(optimizer: BoundOptimizer, { moments }: BoundOptimizerState): TensorToStore[] {
  return optimizer.names.flatMap((name) =>
    Object.entries(optimizer.momentShapes[name] ?? {}).map(([moment, shape]) => ({
      name: `${moment}.${name}`,
      shape,
      dtype: 'float32' as const,
      values: () => moments[name]?.[moment] ?? new Float32Array(),
    })),
  );
}

function tensorsWriter(path: string, tensors: readonly TensorToStore[]): FileWriter {
  return { path, write: (to) => writeSafetensors(to, tensors, { dtype: 'F32' }) };
}

async function hashOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

async function writeManifest(to: string, names: readonly string[]): Promise<void> {
  const files: Record<string, string> = {};
  for (const name of names) files[name] = await hashOf(join(dirname(to), name));
  await writeTextWhole(to, `${JSON.stringify({ files }, null, 2)}\n`);
}

/** Why a folder is not a whole checkpoint; undefined if it is whole. */
export async function faultIn(folder: string): Promise<string | undefined> {
  try {
    const manifest = MANIFEST.safeParse(JSON.parse(await readFile(join(folder, MANIFEST_FILE), 'utf8')));
    if (!manifest.success) return `${MANIFEST_FILE} does not list files with their hashes`;
    for (const [name, hash] of Object.entries(manifest.data.files)) {
      if ((await hashOf(join(folder, name))) !== hash) return `${name} is not what was written`;
    }
    return undefined;
  } catch (error) {
    if (isMissing(error)) return 'a file is missing';
    if (error instanceof SyntaxError) return `${MANIFEST_FILE} is not JSON`;
    throw error;
  }
}

/** The checkpoint folders in an output folder, ordered by step. */
export async function checkpointsIn(outputDir: string): Promise<{ name: string; step: number }[]> {
  const names = await readdir(outputDir).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return names
    .flatMap((name) => {
      const step = /^checkpoint-(\d+)$/.exec(name)?.[1];
      return step === undefined ? [] : [{ name, step: Number(step) }];
    })
    .toSorted((a, b) => a.step - b.step);
}

/**
 * The newest whole checkpoint that a run can resume from. Damaged checkpoints are skipped with a warning.
 *
 * @throws InputError if there is none
 */
export async function newestCheckpoint(outputDir: string): Promise<string> {
  for (const { name } of (await checkpointsIn(outputDir)).toReversed()) {
    const folder = join(outputDir, name);
    const fault = await faultIn(folder);
    if (fault === undefined) return folder;
    warn(`${folder} is damaged (${fault}); the checkpoint before it is used.`);
  }
  throw new InputError(`there is no whole checkpoint in ${outputDir} to resume training from`);
}

/** @throws InputError if a folder is not a whole checkpoint, saying why */
export async function requireWhole(folder: string): Promise<string> {
  const fault = await faultIn(folder);
  if (fault === undefined) return folder;
  throw new InputError(`${folder} is not a whole checkpoint: ${fault}`);
}

/**
 * Sets the model's parameters and counters to those of a checkpoint.
 *
 * @throws InputError if the checkpoint is of another model
 */
export async function restoreModel(model: SparseEncoder, folder: string): Promise<void> {
  const saved = await SparseEncoder.load(folder);
  try {
    const from = leavesOf(saved.modules);
    const to = leavesOf(model.modules);
    const pairs = to.flatMap(({ module, path }, index) => {
      const other = from[index];
      const own = module.parameters.entries();
      const others = new Map(other?.module.parameters.entries());
      if (other?.path !== path || others.size !== own.length) {
        throw new InputError(`${folder} is a checkpoint of another model: its module ${path} differs`);
      }
      return own.map(([name, variable]) => {
        const found = others.get(name);
        if (found === undefined || found.shape.join() !== variable.shape.join()) {
          throw new InputError(
            `${folder} is a checkpoint of another model: ${path}.${name} has the shape [${String(found?.shape)}] there and [${variable.shape.join(', ')}] here`,
          );
        }
        return { variable, found };
      });
    });
    // Assign only if all of them fit.
    for (const { variable, found } of pairs) variable.assign(found);
  } finally {
    await saved.dispose();
  }
}

/** Reads the optimizer's state from a checkpoint. */
export function readOptimizerState(
  folder: string,
  { names, momentShapes }: BoundOptimizer,
  steps: number,
): BoundOptimizerState {
  const path = join(folder, OPTIMIZER_FILE);
  const { tensors } = readSafetensors(path);
  const read = (name: string): Float32Array => {
    const values = tensors.get(name)?.values();
    if (values instanceof Float32Array) return values;
    throw new InputError(`${path} has no tensor ${name}: it is a checkpoint of other parameters`);
  };
  const momentsFor = (name: string): [string, Float32Array][] =>
    Object.keys(momentShapes[name] ?? {}).map((moment) => [moment, read(`${moment}.${name}`)]);
  return {
    steps,
    moments: Object.fromEntries(names.map((name) => [name, Object.fromEntries(momentsFor(name))])),
  };
}

/** Sets the losses' own parameters to the values in a checkpoint. */
export function restoreLossParameters(folder: string, parameters: readonly NamedVariable[]): void {
  if (parameters.length === 0) return;
  const path = join(folder, LOSS_FILE);
  const { tensors } = readSafetensors(path);
  for (const [name, variable] of parameters) {
    const values = tensors.get(name)?.values();
    if (!(values instanceof Float32Array) || values.length !== variable.size) {
      throw new InputError(`${path} has no tensor ${name} of shape [${variable.shape.join(', ')}]`);
    }
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape, 'float32')));
  }
}
