import { endRun, startRun } from '../../files/run.js';

/** The name of a run that has ended, in the form that a killed process leaves. */
export function overRun(): string {
  const run = startRun();
  endRun(run);
  return run;
}
