import { openProgress } from '../../src/progress.js';
import { ensureReferenceEnvironment } from '../../src/python/environment.js';
import { EXIT } from '../../src/shell/exit-codes.js';
import { tell } from '../../src/shell/tell.js';
import type { DriftOptions } from '../commands/drift.js';
import { writeWhole } from '../report/report-files.js';
import { selectCells } from '../suite.js';
import { compareVersions } from './compare-versions.js';
import { observe } from './observe.js';
import { otherVersion } from './other-version.js';
import { isUnchanged, renderDrift } from './render-drift.js';

/** Lets both versions compute the same cases, and prints or writes what changed. */
export async function driftCommand(options: DriftOptions): Promise<void> {
  const { against, losses, cases, seed, output, json = false } = options;
  const cells = selectCells(losses, []);
  const given = options.python === undefined ? {} : { python: options.python };
  const python = await ensureReferenceEnvironment({ log: tell, ...given });
  const packages = await otherVersion(python, against, tell);
  const progress = openProgress(2 * cells.length);
  try {
    const asked = { python, cells, cases, seed, progress };
    // A Node process has one Python at a time.
    const before = await observe({ ...asked, packages });
    const after = await observe(asked);
    progress.stop();
    const drift = compareVersions(before, after);
    const chosen = losses.length === 0 ? '' : ` --losses ${losses.join(',')}`;
    const text = renderDrift(
      drift,
      `sparse-encoder-parity drift --against ${against}${chosen} --cases ${cases} --seed ${seed}`,
    );
    if (output !== undefined) writeWhole(output, text);
    if (json) process.stdout.write(`${JSON.stringify(drift, undefined, 2)}\n`);
    else if (output === undefined) process.stdout.write(text);
    if (!isUnchanged(drift)) process.exitCode = EXIT.finding;
  } finally {
    progress.stop();
  }
}
