import type { Edit } from '../../programs/join-modules.js';

/** A mistake in saving or resuming. */
export interface Mutant {
  readonly what: string;
  readonly edits: readonly Edit[];
}

const CHECKPOINT = 'src/trainer/checkpoint.ts';
const SAVING = 'src/trainer/saving.ts';
const RESUME = 'src/trainer/resume.ts';
const RUN = 'src/trainer/training-run.ts';

const WRITTEN = 'await writeFolder(folder, writers, { overwrite: true, sort: CHECKPOINT });';
const SAVED = 'await saveCheckpoint(trainer.checkpointFolder(checkpointName(state.globalStep)), {';

export const MUTANTS: readonly Mutant[] = [
  {
    what: 'the folder gets its name before it has a manifest',
    edits: [
      {
        file: CHECKPOINT,
        from: WRITTEN,
        to: `const manifest = writers.pop(); ${WRITTEN} await manifest?.write(join(folder, MANIFEST_FILE));`,
      },
    ],
  },
  {
    what: 'files are written directly under their final names',
    edits: [
      {
        file: CHECKPOINT,
        from: WRITTEN,
        to: 'for (const each of writers) { await mkdir(dirname(join(folder, each.path)), { recursive: true }); await each.write(join(folder, each.path)); }',
      },
      { file: CHECKPOINT, from: 'import { readdir, readFile }', to: 'import { mkdir, readdir, readFile }' },
    ],
  },
  {
    what: 'the manifest is written first, and lists nothing',
    edits: [
      {
        file: CHECKPOINT,
        from: 'writers.push({ path: MANIFEST_FILE, write: (to) => writeManifest(to, files) });',
        to: 'writers.unshift({ path: MANIFEST_FILE, write: (to) => writeManifest(to, files.slice(0, 0)) });',
      },
    ],
  },
  {
    what: 'the manifest has only the hash of the weights',
    edits: [
      {
        file: CHECKPOINT,
        from: 'for (const name of names) files[name]',
        to: "for (const name of names) if (name === 'model.safetensors') files[name]",
      },
    ],
  },
  {
    what: 'hashes are not compared',
    edits: [
      {
        file: CHECKPOINT,
        from: 'if ((await hashOf(join(folder, name))) !== hash)',
        to: 'if ((await hashOf(join(folder, name))) === "")',
      },
    ],
  },
  {
    what: 'a checkpoint that the user names is not checked',
    edits: [{ file: RESUME, from: 'return await requireWhole(asked);', to: 'return asked;' }],
  },
  {
    what: 'earlier checkpoints are removed before the new one is written',
    edits: [
      { file: SAVING, from: 'await removeOldest(trainer, state);\n', to: '' },
      { file: SAVING, from: SAVED, to: `await removeOldest(trainer, state); ${SAVED}` },
      {
        file: SAVING,
        from: 'const surplus = Math.max(0, names.length - saveTotalLimit);',
        to: 'const surplus = names.length;',
      },
      { file: SAVING, from: ' || name === names.at(-1);', to: ';' },
    ],
  },
  {
    what: 'a checkpoint that cannot be written is skipped without an error',
    edits: [{ file: CHECKPOINT, from: WRITTEN, to: WRITTEN.replace(';', '.catch(() => undefined);') }],
  },
  {
    what: 'the place in the data is not restored',
    edits: [{ file: RUN, from: 'this.#cursor = saved.cursor;', to: '' }],
  },
  {
    what: 'the moments of the optimizer are not restored',
    edits: [{ file: RESUME, from: 'optimizer.load(', to: 'void (' }],
  },
  {
    what: 'dropout starts from the beginning again',
    edits: [{ file: RESUME, from: 'model.dropout.position = saved.dropoutPosition;', to: '' }],
  },
  {
    what: 'callbacks lose their state',
    edits: [{ file: RESUME, from: 'callback.load?.(saved.callbacks[name]);', to: 'continue;' }],
  },
  {
    what: 'the sums of the losses are not restored',
    edits: [{ file: RUN, from: 'this.#mean.load(saved.sums);', to: '' }],
  },
  {
    what: 'the best model so far is forgotten',
    edits: [
      {
        file: RUN,
        from: 'this.#state = { ...saved.state, maxSteps, numTrainEpochs };',
        to: 'this.#state = { ...saved.state, maxSteps, numTrainEpochs, bestMetric: null, bestGlobalStep: null, bestModelCheckpoint: null };',
      },
    ],
  },
  {
    what: 'metrics of steps that are run again are kept',
    edits: [
      {
        file: 'src/trainer/metrics-file.ts',
        from: 'if (state.globalStep > 0)',
        to: 'if (state.globalStep < 0)',
      },
    ],
  },
];
