import { badge } from './badge.js';
import { doctor } from './doctor.js';
import { init } from './init.js';
import { merge } from './merge.js';
import { replay } from './replay.js';
import { run } from './run.js';
import type { Subcommand } from './subcommand.js';

/** Every subcommand by its name, in the order of the help. */
export const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  init,
  run,
  replay,
  doctor,
  merge,
  badge,
};
