import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointsIn, faultIn, MANIFEST_FILE } from '../../../src/trainer/checkpoint.js';
import { STEPS, trainOnce } from './run.js';

type Hashes = Readonly<Record<string, string>>;

/** What an undisturbed run comes to. */
export interface WholeRun {
  /** The hashes of each checkpoint's files, by its step. */
  readonly checkpoints: ReadonlyMap<number, Hashes>;
  readonly parameters: Hashes;
  readonly metrics: readonly unknown[];
}

/** Trains without a disturbance in a new folder. */
export async function wholeRun(output: string): Promise<WholeRun> {
  const checkpoints = new Map<number, Hashes>();
  const onSave = (step: number): void =>
    void checkpoints.set(step, hashesOf(join(output, `checkpoint-${step}`)));
  const parameters = hashed(await trainOnce(output, { onSave }));
  assert.equal(checkpoints.size, STEPS);
  assert.equal(new Set([...checkpoints.values()].map((each) => each['model.safetensors'])).size, STEPS);
  return { checkpoints, parameters, metrics: metricsOf(output) };
}

/**
 * Requires of a run that ended somewhere: every checkpoint is whole and as that of the undisturbed run, unless it is an old
 * one that was being removed; and none that was complete is lost.
 *
 * @param atLeast the newest step whose checkpoint was complete
 * @returns the step of the newest checkpoint, 0 without any
 */
export async function requireSound(output: string, whole: WholeRun, atLeast: number): Promise<number> {
  const found = await checkpointsIn(output);
  const newest = found.at(-1)?.step ?? 0;
  assert.ok(newest >= atLeast, `checkpoint-${atLeast} was complete; the newest is checkpoint-${newest}`);
  for (const { name, step } of found) {
    const folder = join(output, name);
    const fault = await faultIn(folder);
    if (fault === undefined) assert.deepEqual(hashesOf(folder), whole.checkpoints.get(step), name);
    else assert.ok(step < newest, `${name}: ${fault}`);
  }
  return newest;
}

/** Goes on from what is left, and requires the end of the undisturbed run. */
export async function requireSameEnd(output: string, whole: WholeRun): Promise<void> {
  const resume = (await checkpointsIn(output)).length > 0;
  // Without a checkpoint a run begins again, in a new folder.
  if (!resume) rmSync(output, { recursive: true, force: true });
  assert.deepEqual(hashed(await trainOnce(output, { resume })), whole.parameters);
  assert.deepEqual(metricsOf(output), whole.metrics);
  assert.equal(await requireSound(output, whole, STEPS), STEPS);
  requireNothingElse(output);
}

/** Requires that nothing lies in the folder but checkpoints and metrics. */
export function requireNothingElse(output: string): void {
  const left = readdirSync(output).filter((name) => !/^(?:checkpoint-\d+|metrics\.jsonl)$/.test(name));
  assert.deepEqual(left, [], 'something else is left');
}

/** What tells two states of a folder apart. */
export function signatureOf(output: string): string {
  if (!existsSync(output)) return '';
  const files = readdirSync(output, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).toSorted();
  return paths.map((path) => `${path.slice(output.length)} ${hashOf(readFileSync(path))}`).join('\n');
}

const hashOf = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');

function hashed(parameters: ReadonlyMap<string, Float32Array>): Hashes {
  return Object.fromEntries(
    [...parameters].map(([name, { buffer }]) => [name, hashOf(new Uint8Array(buffer))]),
  );
}

function hashesOf(folder: string): Hashes {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    // The manifest has the hashes of the others, times among them.
    .filter((each) => each.isFile() && each.name !== MANIFEST_FILE)
    .map(({ parentPath, name }) => join(parentPath, name));
  const entries = files.map((path) => [path.slice(folder.length + 1), hashOf(withoutTimes(path))] as const);
  return Object.fromEntries<string>(entries);
}

/** Names of figures that are never the same twice. */
const TIMES = /_(?:runtime|per_second)$/;

function withoutTimes(path: string): Uint8Array | string {
  if (!path.endsWith('trainer_state.json')) return readFileSync(path);
  return JSON.stringify(parsed(readFileSync(path, 'utf8')));
}

function metricsOf(output: string): unknown[] {
  return readFileSync(join(output, 'metrics.jsonl'), 'utf8').trim().split('\n').map(parsed);
}

const parsed = (text: string): unknown =>
  JSON.parse(text, (name, value: unknown) => (TIMES.test(name) ? undefined : value));
