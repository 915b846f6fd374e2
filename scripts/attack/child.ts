/** The process that runs attacks for `supervise.ts`. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { seededRandom } from '../../src/random.js';
import { setWarningHandler } from '../../src/warnings.js';
import { loadAttacks } from './areas.js';
import type { Attack } from './attack.js';
import { ownPeak, resetPeak } from './memory.js';
import type { AttackMessage, AttackRequest } from './messages.js';

/** The most findings that are reported; further ones are only counted. */
const MOST_FINDINGS = 1_000;
const LONGEST_FINDING = 600;
const MUCH = 100e6;

const tell = (message: AttackMessage): void => void process.send?.(message);

async function runAttack({ module, name, tries, seed, folder }: AttackRequest): Promise<void> {
  const attack = (await loadAttacks(module)).find((each) => each.name === name);
  if (attack === undefined) throw new RangeError(`${module} has no attack "${name}"`);
  globalThis.gc?.();
  resetPeak();
  const idle = ownPeak();
  tell({ kind: 'started', idle });
  let findings = 0;
  for (let index = 0; index < tries && findings < MOST_FINDINGS; index++) {
    tell({ kind: 'try', index });
    const what = await tryOnce(attack, { index, seed, folder: join(folder, String(index)) });
    // An unhandled rejection ends the process now, so that it counts for this try.
    await setImmediate();
    if (what !== undefined) {
      findings++;
      tell({ kind: 'finding', finding: { index, what } });
    }
    // Garbage of earlier tries must not count for later ones.
    if (process.memoryUsage.rss() - idle > MUCH) globalThis.gc?.();
  }
  tell({ kind: 'done', peak: ownPeak() });
}

/** The fault of a try; undefined if there is none. */
async function tryOnce(
  attack: Attack,
  { index, seed, folder }: { index: number; seed: number; folder: string },
): Promise<string | undefined> {
  mkdirSync(folder);
  const random = seededRandom(seed * 1_000_003 + index);
  try {
    await attack.attempt({ index, random, folder });
    return undefined;
  } catch (error) {
    return told(error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function told(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? String(error)) : `threw ${typeof error}`;
  return text.slice(0, LONGEST_FINDING);
}

setWarningHandler(() => undefined);
process.on('message', (request: AttackRequest) => void runAttack(request));
tell({ kind: 'ready' });
