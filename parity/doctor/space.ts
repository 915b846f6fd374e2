import { existsSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { exchangeParent, SHARED_MEMORY, SHARED_MEMORY_NEEDED } from '../../src/python/exchange-directory.js';
import { environmentsFolder } from '../../src/python/managed-environment.js';
import { broken, type Check, fine, note, reasonOf } from './check.js';

const GIB = 1024 ** 3;
/** 380 MB of wheels and 1.5 GB of installed files. */
const ENVIRONMENT_BYTES = 2 * GIB;
/** Requests and replies with the gradients of a batch over a whole vocabulary. */
const EXCHANGE_BYTES = GIB / 4;

/** Free bytes of the disk with this folder. */
type Measure = (folder: string) => number;

/** The space for an environment that is to be made, and for the files through which numbers travel. */
export function checkSpace(makesEnvironment: boolean, measure: Measure = freeBytes): Check[] {
  const needed = makesEnvironment ? ENVIRONMENT_BYTES : 0;
  return [
    checkFolder(
      { id: 'cache', folder: environmentsFolder(), needed, variable: 'SPARSE_ENCODER_CACHE' },
      measure,
    ),
    checkSharedMemory(measure),
    checkFolder(
      { id: 'exchange', folder: exchangeParent(), needed: EXCHANGE_BYTES, variable: 'TMPDIR' },
      measure,
    ),
  ];
}

interface Place {
  readonly id: string;
  readonly folder: string;
  /** In bytes. */
  readonly needed: number;
  /** The environment variable that names another folder. */
  readonly variable: string;
}

function checkFolder({ id, folder, needed, variable }: Place, measure: Measure): Check {
  const remedy = `free some space, or name a folder on another disk with ${variable}`;
  try {
    const free = measure(existing(folder));
    const seen = `${gib(free)} free for ${folder}`;
    return free >= needed ? fine(id, seen) : broken(id, `${seen}; ${gib(needed)} are needed`, remedy);
  } catch (error) {
    return broken(id, reasonOf(error), remedy);
  }
}

/** Without it, numbers travel through the folder for temporary files. */
function checkSharedMemory(measure: Measure): Check {
  const [id, elsewhere] = ['shared-memory', `numbers travel through ${tmpdir()}`];
  try {
    const free = measure(SHARED_MEMORY);
    if (free >= SHARED_MEMORY_NEEDED) return fine(id, `${gib(free)} free in ${SHARED_MEMORY}`);
    const remedy = `in a container, start it with --shm-size=${SHARED_MEMORY_NEEDED / GIB}g`;
    return note(id, `${gib(free)} free in ${SHARED_MEMORY}, so ${elsewhere}, which is slower`, remedy);
  } catch {
    return note(id, `this system has no ${SHARED_MEMORY}, so ${elsewhere}`);
  }
}

/** A folder that is made later has the space of the one above it. */
const existing = (folder: string): string => (existsSync(folder) ? folder : existing(dirname(folder)));

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;
