import { endRun, startRun } from '../../files/run.js';

/** The name of a run that has ended, as one whose process was killed. */
export function overRun(): string {
  const run = startRun();
  endRun(run);
  return run;
}
