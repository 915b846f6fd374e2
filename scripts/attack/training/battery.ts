/** Disturbs a few runs in this process: battery.js. If a disturbance is noticed, it prints it and ends with 1. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../../src/random.js';
import { setWarningHandler } from '../../../src/warnings.js';
import { damage, DAMAGE_NAMES, failAt, operationsOf } from './disturb.js';
import { trainOnce } from './run.js';
import { wholeRun } from './whole-run.js';

/** The number of operations between two points at which the disk fails. */
const STRIDE = 41;
const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-attack-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
setWarningHandler(() => undefined);
const random = seededRandom(1);

try {
  const whole = await wholeRun(join(folder, 'whole'));
  for (const how of DAMAGE_NAMES) {
    const output = join(folder, how);
    await trainOnce(output);
    await damage(output, whole, how, random);
  }
  const count = (await operationsOf(join(folder, 'counted'))).lastIndexOf('appendFile');
  for (let at = 0; at <= count; at += STRIDE) {
    await failAt(join(folder, `gone ${at}`), whole, at, 'gone');
    await failAt(join(folder, `full ${at}`), whole, at, 'full');
  }
} catch (error) {
  console.log(`noticed: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
