import { basename, resolve } from 'node:path';
import { filesToPush } from '../encoder/hub/files-to-push.js';
import { makeRepository, pushFiles } from '../encoder/hub/push.js';
import { UsageError } from '../errors.js';
import { printable } from '../printable.js';
import { warn } from '../warnings.js';
import type { CallbackContext, TrainerCallback } from './callbacks.js';
import { checkpointName, TRAINER_FILES } from './checkpoint.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

/** The folder of the repository for the newest checkpoint, with the strategy `checkpoint`. */
const NEWEST = 'last-checkpoint';

/**
 * Pushes the model to the hub whenever a checkpoint is saved, as `hubStrategy` says. The repository is made before the first
 * step, so that a missing token ends the run when nothing is lost yet. Later a push that fails is only told: training goes
 * on. Pushes run beside training; a save during a push is not pushed.
 */
export class HubPushes implements TrainerCallback {
  readonly #args: ResolvedTrainingArguments;
  readonly #checkpointFolder: (name: string) => string;
  #current: Promise<void> | undefined;

  constructor(args: ResolvedTrainingArguments, checkpointFolder: (name: string) => string) {
    this.#args = args;
    this.#checkpointFolder = checkpointFolder;
  }

  /** organization/name, or a plain name, which belongs to the owner of the token. */
  get repository(): string {
    const { hubModelId, outputDir } = this.#args;
    const name = hubModelId ?? (outputDir === null ? undefined : basename(resolve(outputDir)));
    if (name !== undefined) return name;
    throw new UsageError('the trainer has neither a hubModelId nor an outputDir that names the repository');
  }

  /** @throws UploadError if the repository cannot be made */
  async onTrainBegin(): Promise<void> {
    await makeRepository(this.repository, { private: this.#args.hubPrivateRepo });
  }

  onSave({ state: { globalStep, epoch } }: CallbackContext): void {
    const { hubStrategy, saveStrategy } = this.#args;
    if (hubStrategy === 'end' || this.#current !== undefined) return;
    const name = checkpointName(globalStep);
    const place = saveStrategy === 'steps' ? `step ${globalStep}` : `epoch ${Math.floor(epoch)}`;
    const message = `Training in progress, ${place}`;
    this.#current = this.#pushCheckpoint(name, message)
      .catch((error: unknown) => warn(`${reasonOf(error)}. Training goes on; the next save is pushed again.`))
      .finally(() => (this.#current = undefined));
  }

  async onTrainEnd(): Promise<void> {
    await this.finished();
  }

  /** Waits for the push that is going on. */
  async finished(): Promise<void> {
    await this.#current;
  }

  /** Pushes a folder with a model that was saved; a failure is told with the command that pushes it. */
  async pushModel(folder: string, message: string): Promise<void> {
    await this.finished();
    try {
      await this.#push(folder, await modelFiles(folder), message);
    } catch (error) {
      const command = `sparse-encoder push ${printable(folder)} ${this.repository} --exist-ok`;
      warn(`${reasonOf(error)}. The model is saved; to push it: ${command}`);
    }
  }

  async #pushCheckpoint(name: string, message: string): Promise<void> {
    const folder = this.#checkpointFolder(name);
    const { hubStrategy } = this.#args;
    await this.#push(folder, await modelFiles(folder), message);
    if (hubStrategy === 'every_save') return;
    const into = hubStrategy === 'checkpoint' ? NEWEST : name;
    await this.#push(folder, await filesToPush(folder), `${message}, checkpoint`, into);
  }

  async #push(folder: string, paths: readonly string[], commitMessage: string, into = ''): Promise<void> {
    await pushFiles(folder, { paths, into }, this.repository, {
      commitMessage,
      private: this.#args.hubPrivateRepo,
      existOk: true,
      replaceModelCard: true,
    });
  }
}

/** The files of a folder without those that a checkpoint has beside the model. */
const modelFiles = async (folder: string): Promise<string[]> =>
  (await filesToPush(folder)).filter((path) => !TRAINER_FILES.includes(path));

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
