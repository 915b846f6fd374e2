import { existsSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { counted } from '../counted.js';
import { InputError } from '../errors.js';
import { endRun, isOver, startRun } from '../files/run.js';
import { followLinks, openLike, syncFolder, whileWriting, writeTextWhole } from '../files/write-file.js';
import { blocks } from './blocks.js';
import { exists, type OutputRule } from './check-output.js';
import type { Checkpoint, Output, Resumable } from './output-contract.js';

const count = z.int().min(0);
const checkpoint = z.object({
  done: count,
  counts: z.record(z.string(), z.number()),
  sha256: z.string(),
} satisfies Record<keyof Checkpoint, z.ZodType>);

/** The settings that the lines depend on, by name. */
export type Settings = Readonly<Record<string, string | number | boolean | null>>;

const state = checkpoint.extend({
  run: z.string(),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  bytes: count,
  /** Whether the file existed before and is to be replaced. */
  replaces: z.boolean(),
});
type State = z.infer<typeof state>;

const NONE: Checkpoint = { done: 0, counts: {}, sha256: '' };

const countOf = ({ done }: Checkpoint, { unit, units }: Resumable): string => counted(done, unit, units);

const partialOf = (place: string): string => `${place}.partial`;
const stateOf = (place: string): string => `${place}.partial.json`;

/**
 * Finds the partial output that a stopped run left for this file. It follows the same rules as the file: it stays
 * unless it is replaced or resumed. Leftovers of an ended run that kept nothing are useless and not mentioned.
 *
 * @throws InputError
 */
export async function checkPartial(
  path: string,
  { force, resume }: Omit<OutputRule, 'inputs'>,
  kind: Resumable,
): Promise<void> {
  const place = await followLinks(path);
  const left = readState(place);
  if (left === undefined) return;
  if (!isOver(left.run)) {
    throw new InputError(
      `another process writes ${path}; if it ended on another machine, delete ${stateOf(path)} and try again`,
    );
  }
  if (force !== true && resume !== true && left.done > 0) {
    throw new InputError(
      `${partialOf(path)} holds the first ${countOf(left, kind)} of ${kind.what} that stopped; continue with --resume, or start again with --force`,
    );
  }
}

/**
 * A file of lines under the name PATH.partial, which is renamed at the end. Every few seconds the written lines are
 * flushed to disk and recorded in PATH.partial.json. `resume` continues from there, however the process ended. A run
 * that stops before the first record leaves nothing.
 *
 * @throws InputError if there is nothing to resume, or other settings were used
 */
export async function openPartial(
  path: string,
  rule: OutputRule,
  settings: Settings,
  kind: Resumable,
): Promise<Output> {
  await checkPartial(path, rule, kind);
  const place = await followLinks(path);
  const left = rule.resume === true ? readState(place) : undefined;
  const isThere = (await stat(place).catch(() => undefined)) !== undefined;
  if (rule.resume === true && isThere && left?.replaces !== true) throw exists(path);
  if (left !== undefined && left.done > 0) requireSame(path, left.settings, settings);
  const resumed = left !== undefined && left.done > 0 ? left : undefined;
  const file = resumed === undefined ? await begin(place) : await goOn(place, resumed.bytes);
  return new PartialFile(place, file, { settings, replaces: isThere }, resumed, kind).output();
}

async function begin(place: string): Promise<FileHandle> {
  await rm(partialOf(place), { force: true });
  return openLike(place, partialOf(place));
}

async function goOn(place: string, bytes: number): Promise<FileHandle> {
  const file = await open(partialOf(place), 'a');
  const { size } = await file.stat();
  if (size < bytes) {
    await file.close();
    throw new InputError(`${partialOf(place)} is shorter than it was; start again with --force`);
  }
  await file.truncate(bytes);
  return file;
}

class PartialFile {
  readonly #place: string;
  readonly #file: FileHandle;
  readonly #facts: Pick<State, 'settings' | 'replaces'>;
  readonly #run = startRun();
  readonly #kind: Resumable;
  readonly #done: Checkpoint | undefined;
  #kept: Checkpoint;
  #next: number;

  constructor(
    place: string,
    file: FileHandle,
    facts: Pick<State, 'settings' | 'replaces'>,
    resumed: State | undefined,
    kind: Resumable,
  ) {
    this.#place = place;
    this.#file = file;
    this.#facts = facts;
    this.#kind = kind;
    this.#done = resumed;
    this.#kept = resumed ?? NONE;
    this.#next = performance.now() + kind.keptEvery;
  }

  async output(): Promise<Output> {
    const lines = blocks(this.#file, this.#place);
    const keep = async (next: Checkpoint): Promise<void> => {
      await lines.flush();
      await whileWriting(this.#place, () => this.#file.sync());
      await this.#note(next);
    };
    // Before the first record: whoever sees the record may end this process.
    process.once('exit', this.#atExit);
    await this.#note(this.#kept);
    return {
      done: this.#done,
      write: (line) => lines.write(line),
      keep: async (next) => {
        if (performance.now() < this.#next) return;
        await keep(next());
        this.#next = performance.now() + this.#kind.keptEvery;
      },
      finish: async () => {
        await lines.flush();
        await whileWriting(this.#place, () => this.#file.sync());
        await lines.close();
        await rename(partialOf(this.#place), this.#place);
        await syncFolder(dirname(this.#place));
        await rm(stateOf(this.#place), { force: true });
        this.#end();
      },
      stop: async (next) => {
        // A full disk takes no more lines either; what was recorded before stays.
        if (this.#kept.done > 0 && next().done > this.#kept.done) {
          await keep(next()).catch(() => undefined);
        }
        await lines.close();
        this.#atExit();
        this.#end();
      },
    };
  }

  async #note(next: Checkpoint): Promise<void> {
    const { size: bytes } = await this.#file.stat();
    const noted: State = { ...NONE, ...next, ...this.#facts, run: this.#run, bytes };
    await writeTextWhole(stateOf(this.#place), `${JSON.stringify(noted)}\n`);
    this.#kept = next;
  }

  readonly #atExit = (): void => {
    if (this.#kept.done > 0) {
      process.stderr.write(
        `${partialOf(this.#place)} keeps the first ${countOf(this.#kept, this.#kind)}; continue with --resume\n`,
      );
      return;
    }
    for (const path of [partialOf(this.#place), stateOf(this.#place)]) rmSync(path, { force: true });
  };

  #end(): void {
    process.off('exit', this.#atExit);
    endRun(this.#run);
  }
}

function readState(place: string): State | undefined {
  // A record without its lines is useless.
  if (!existsSync(partialOf(place)) || !existsSync(stateOf(place))) return undefined;
  const text = readFileSync(stateOf(place), 'utf8');
  try {
    return state.parse(JSON.parse(text));
  } catch (cause) {
    throw new InputError(`${stateOf(place)} is damaged; delete it and ${partialOf(place)}, and start again`, {
      cause,
    });
  }
}

function requireSame(path: string, before: Settings, now: Settings): void {
  const other = Object.keys({ ...before, ...now }).find((name) => before[name] !== now[name]);
  if (other === undefined) return;
  throw new InputError(
    `${partialOf(path)} was made with a different ${other}: ${String(before[other])}, now ${String(now[other])}; start again with --force`,
  );
}
