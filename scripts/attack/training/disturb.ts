import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../../src/random.js';
import { withFaults } from '../../../src/testing/files/faulty-file-system.js';
import { newestCheckpoint } from '../../../src/trainer/checkpoint.js';
import { STEPS, trainOnce } from './run.js';
import { requireNothingElse, requireSameEnd, requireSound, signatureOf, type WholeRun } from './whole-run.js';

/** How a disk fails from one operation on. `gone` allows nothing more, as after a kill. `full` only rejects new bytes. */
export type Failure = 'gone' | 'full';

/** The operations of a run that write something, in order. */
export async function operationsOf(output: string): Promise<readonly string[]> {
  const names: string[] = [];
  await withFaults(
    (operation) => names.push(operation),
    () => trainOnce(output),
  );
  return names;
}

const full = (): Error => Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });

/** States of a folder from which a run has already been seen to resume correctly. */
const seen = new Set<string>();

/** Trains until the disk fails at an operation, checks what is left, and resumes. */
export async function failAt(output: string, whole: WholeRun, at: number, failure: Failure): Promise<void> {
  let saved = 0;
  const running = withFaults(
    (operation, index) => {
      if (index < at) return;
      if (failure === 'gone') throw new Error(`the disk is gone at operation ${at}`);
      if (operation === 'write' || operation === 'appendFile') throw full();
    },
    () => trainOnce(output, { onSave: (step) => (saved = step) }),
  );
  const outcome = await running.then(
    () => 'trained',
    (error: Error) => error.message,
  );
  assert.match(outcome, failure === 'gone' ? /^the disk is gone/ : /ENOSPC/, `operation ${at}`);
  await requireSound(output, whole, saved);
  if (failure === 'full') requireNothingElse(output);
  const signature = signatureOf(output);
  if (seen.has(signature)) return;
  await requireSameEnd(output, whole);
  seen.add(signature);
}

/** Ways to damage one file at a random place. */
const DAMAGES = {
  'a byte is flipped': (bytes: Uint8Array, at: number) =>
    bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)),
  'it is cut off': (bytes: Uint8Array, at: number) => bytes.slice(0, at),
  'it is gone': () => undefined,
} as const;
export type Damage = keyof typeof DAMAGES;
export const DAMAGE_NAMES = Object.keys(DAMAGES) as Damage[];

/** Damages a file, and returns a function that repairs it. */
function damaged(path: string, how: Damage, random: Random): () => void {
  const bytes = readFileSync(path);
  const changed = DAMAGES[how](bytes, random.below(bytes.length));
  if (changed === undefined) rmSync(path);
  else writeFileSync(path, changed);
  return () => writeFileSync(path, bytes);
}

/**
 * Damages each file of the newest checkpoint of a finished run, one after the other, and requires that the checkpoint before
 * it is used. The last damage stays: the run resumes with it, and must end as the undisturbed run did.
 */
export async function damage(output: string, whole: WholeRun, how: Damage, random: Random): Promise<void> {
  const newest = join(output, `checkpoint-${STEPS}`);
  const before = join(output, `checkpoint-${STEPS - 1}`);
  const files = readdirSync(newest, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  for (const path of files) {
    const undo = damaged(path, how, random);
    assert.equal(await newestCheckpoint(output), before, `${path}: ${how}`);
    undo();
    assert.equal(await newestCheckpoint(output), newest);
  }
  const path = random.pick(files);
  damaged(path, how, random);
  await assert.rejects(trainOnce(output, { resume: newest }), /is not a whole checkpoint/, path);
  await requireSameEnd(output, whole);
}
