import { badge } from './badge.js';
import { doctor } from './doctor.js';
import { drift } from './drift.js';
import { init } from './init.js';
import { merge } from './merge.js';
import { quirks } from './quirks.js';
import { replay } from './replay.js';
import { run } from './run.js';
import type { Subcommand } from './subcommand.js';

/** Every subcommand by its name, in the order of the help. */
export const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  init,
  run,
  replay,
  doctor,
  drift,
  quirks,
  merge,
  badge,
};
