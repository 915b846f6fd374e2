import { type BigIntStats, fstatSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { STANDARD } from '../data/lines.js';
import { InputError } from '../errors.js';
import { followLinks } from '../files/write-file.js';

/** How a command treats an existing file or folder at its output path. */
export interface OutputRule {
  /** The inputs of the command: files, and folders of models. `-` and model ids of the hub are ignored. */
  readonly inputs: readonly string[];
  /** Whether to replace what exists. */
  readonly force?: boolean | undefined;
  /** Whether to resume an encode that stopped. */
  readonly resume?: boolean | undefined;
}

/**
 * The one rule for output files: an existing file stays unless it is to be replaced, and an input is never replaced,
 * whatever path, link or case of letters names it. Devices and pipes are written directly. Checked before the work.
 *
 * @returns whether the output is a device or a pipe
 * @throws InputError if the output is a folder, an existing file or an input, or if its folder does not exist
 */
export async function checkOutput(path: string, { inputs, force, resume }: OutputRule): Promise<boolean> {
  const present = path === STANDARD ? fstatSync(1, { bigint: true }) : await statOf(path);
  if (present !== undefined) {
    if (present.isDirectory()) throw new InputError(`${path} is a folder; expected a file to write`);
    if (!present.isFile()) return true;
    for (const input of inputs) await refuseInput(path, present, input);
    if (path !== STANDARD && force !== true && resume !== true) throw exists(path);
  }
  if (path === STANDARD) return true;
  const folder = dirname(await followLinks(path));
  if ((await statOf(folder))?.isDirectory() !== true) {
    throw new InputError(`there is no folder ${folder}; make it before ${path} is written into it`);
  }
  return false;
}

/**
 * The same rule for a folder.
 *
 * @throws InputError
 */
export async function checkOutputFolder(path: string, { inputs, force }: OutputRule): Promise<void> {
  if ((await statOf(path)) === undefined) return;
  const place = await realpath(path);
  for (const input of inputs) {
    const source = await realpath(input).catch(() => undefined);
    if (source === undefined) continue;
    if (await isSame(place, source)) {
      throw new InputError(`the output ${path} is the input ${input} itself; write elsewhere`);
    }
    if (source.startsWith(place + sep)) {
      throw new InputError(
        `the output ${path} holds the input ${input}, which would be lost; write elsewhere`,
      );
    }
  }
  if (force !== true) throw exists(path);
}

export const exists = (path: string): InputError =>
  new InputError(`${path} exists; write elsewhere, or replace it with --force`);

async function refuseInput(path: string, output: BigIntStats, input: string): Promise<void> {
  const source = input === STANDARD ? fstatSync(0, { bigint: true }) : await statOf(input);
  if (source === undefined) return;
  const name = path === STANDARD ? 'standard output' : path;
  if (source.isFile() && source.dev === output.dev && source.ino === output.ino) {
    throw new InputError(`the output ${name} is the input ${input} itself; write elsewhere`);
  }
  if (path === STANDARD || !source.isDirectory()) return;
  if ((await realpath(path)).startsWith((await realpath(input)) + sep)) {
    throw new InputError(`the output ${path} is a file of the input ${input}; write elsewhere`);
  }
}

async function isSame(a: string, b: string): Promise<boolean> {
  const [first, second] = [await statOf(a), await statOf(b)];
  return resolve(a) === resolve(b) || (first?.ino === second?.ino && first?.dev === second?.dev);
}

const statOf = (path: string): Promise<BigIntStats | undefined> =>
  stat(path, { bigint: true }).catch(() => undefined);
