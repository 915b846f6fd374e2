import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointsIn, faultIn, MANIFEST_FILE } from '../../../src/trainer/checkpoint.js';
import { STEPS, trainOnce } from './run.js';

type Hashes = Readonly<Record<string, string>>;

/** The results of an undisturbed run. */
export interface WholeRun {
  /** The hashes of each checkpoint's files, by step. */
  readonly checkpoints: ReadonlyMap<number, Hashes>;
  readonly parameters: Hashes;
  readonly metrics: readonly unknown[];
}

/** Trains without disturbance in a new folder. */
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
 * Checks the folder of a run that was stopped. Every checkpoint must be whole and equal to that of the undisturbed run, except
 * an old one that was being removed. No complete checkpoint may be lost.
 *
 * @param atLeast the newest step whose checkpoint was complete
 * @returns the step of the newest checkpoint, or 0 if there is none
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

/** Resumes from what is left, and requires the same end as the undisturbed run. */
export async function requireSameEnd(output: string, whole: WholeRun): Promise<void> {
  const resume = (await checkpointsIn(output)).length > 0;
  // Without a checkpoint, the run starts again in a new folder.
  if (!resume) rmSync(output, { recursive: true, force: true });
  assert.deepEqual(hashed(await trainOnce(output, { resume })), whole.parameters);
  assert.deepEqual(metricsOf(output), whole.metrics);
  assert.equal(await requireSound(output, whole, STEPS), STEPS);
  requireNothingElse(output);
}

/** Requires that the folder holds only checkpoints, metrics and the environment, which is whole. */
export function requireNothingElse(output: string): void {
  const expected = /^(?:checkpoint-\d+|environment\.json|metrics\.jsonl)$/;
  const left = readdirSync(output).filter((name) => !expected.test(name));
  assert.deepEqual(left, [], 'something else is left');
  const environment = join(output, 'environment.json');
  if (existsSync(environment)) JSON.parse(readFileSync(environment, 'utf8'));
}

/** A string that distinguishes states of a folder. */
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
    // The manifest holds the hashes of the other files, and some of these contain times.
    .filter((each) => each.isFile() && each.name !== MANIFEST_FILE)
    .map(({ parentPath, name }) => join(parentPath, name));
  const entries = files.map((path) => [path.slice(folder.length + 1), hashOf(withoutTimes(path))] as const);
  return Object.fromEntries<string>(entries);
}

/** The names of figures that differ in every run. */
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
