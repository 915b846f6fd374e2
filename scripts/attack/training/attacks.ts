import { strict as assert } from 'node:assert';
import { dirname, join } from 'node:path';
import type { Attack, Given } from '../attack.js';
import { damage, DAMAGE_NAMES, failAt, operationsOf } from './disturb.js';
import { CAN_MOUNT, pagesOf, trainOnFullDisk } from './full-disk.js';
import { MUTANTS } from './mutants.js';
import { builtProgram, type Ended, runBuilt } from './program.js';
import { trainOnce } from './run.js';
import { requireSameEnd, requireSound, wholeRun } from './whole-run.js';

/** Makes something once, at the first try of an attack that needs it, beside the folders of the tries. */
function once<T>(make: (beside: string) => Promise<T>): (given: Pick<Given, 'folder'>) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return ({ folder }) => {
    const beside = dirname(folder);
    const result = made.get(beside) ?? make(beside);
    made.set(beside, result);
    return result;
  };
}

const wholeOnce = once((beside) => wholeRun(join(beside, 'whole')));
const programOnce = once((beside) => builtProgram('child', join(beside, 'program')));
/** How long an undisturbed child trains, in milliseconds. */
const durationOnce = once(async (beside) => {
  const program = await programOnce({ folder: join(beside, 'any') });
  const ended = await runBuilt(program, [join(beside, 'undisturbed')]);
  assert.equal(ended.code, 0, ended.output);
  return ended.said.at(-1)?.at ?? 0;
});

/** The newest step whose checkpoint the child had written. */
function savedBy({ said }: Ended): number {
  return Math.max(0, ...said.map(({ line }) => Number(/^saved (\d+)$/.exec(line)?.[1] ?? 0)));
}

async function killAnywhere(given: Given): Promise<void> {
  const whole = await wholeOnce(given);
  const program = await programOnce(given);
  const output = join(given.folder, 'run');
  const after = given.random.below(Math.ceil(await durationOnce(given)));
  const ended = await runBuilt(program, [output], after);
  assert.ok(ended.signal === 'SIGKILL' || ended.code === 0, ended.output);
  await requireSound(output, whole, savedBy(ended));
  await requireSameEnd(output, whole);
}

/** The number of operations that write something, up to the last one that writes bytes. */
const countOnce = once(async (beside) => {
  const operations = await operationsOf(join(beside, 'counted'));
  return operations.lastIndexOf('appendFile') + 1;
});
/** The number of operations between two tries. A few tries are spread over the run, and many tries cover all of it. */
const STRIDE = 131;

async function killAtOperation(given: Given): Promise<void> {
  const whole = await wholeOnce(given);
  const at = (given.index * STRIDE) % (await countOnce(given));
  const output = join(given.folder, 'run');
  const ended = await runBuilt(await programOnce(given), [output, String(at)]);
  assert.equal(ended.signal, 'SIGKILL', ended.output);
  await requireSound(output, whole, savedBy(ended));
  await requireSameEnd(output, whole);
}

async function failAtOperation(given: Given): Promise<void> {
  const whole = await wholeOnce(given);
  const at = (Math.floor(given.index / 2) * STRIDE) % (await countOnce(given));
  await failAt(join(given.folder, 'run'), whole, at, given.index % 2 === 0 ? 'gone' : 'full');
}

/** The pages that a finished run takes. It needs more, since a checkpoint is removed after the next one is written. */
const pagesOnce = once(async (beside) => {
  const output = join(beside, 'measured');
  await trainOnce(output);
  return pagesOf(output);
});
/** The smallest disk has room for the run's folder and the log. */
const FEWEST_PAGES = 6;

async function fillDisk(given: Given): Promise<void> {
  const whole = await wholeOnce(given);
  const pages = FEWEST_PAGES + ((given.index * STRIDE) % ((await pagesOnce(given)) - FEWEST_PAGES));
  const wasFull = await trainOnFullDisk(given.folder, whole, pages);
  assert.ok(wasFull, `${pages} pages were enough`);
}

async function damageFiles(given: Given): Promise<void> {
  const whole = await wholeOnce(given);
  const output = join(given.folder, 'run');
  await trainOnce(output);
  const how = DAMAGE_NAMES[given.index % DAMAGE_NAMES.length] ?? 'it is gone';
  await damage(output, whole, how, given.random);
}

const rightOnce = once(async (beside) => {
  const program = await builtProgram('battery', join(beside, 'right'));
  const { code, said, output } = await runBuilt(program, []);
  assert.equal(code, 0, `${said.map(({ line }) => line).join('\n')}${output}`);
});

async function trainWrongly(given: Given): Promise<void> {
  await rightOnce(given);
  const mutant = MUTANTS[given.index % MUTANTS.length];
  if (mutant === undefined) throw new RangeError('there are no mutants');
  const { said, output } = await runBuilt(
    await builtProgram('battery', join(given.folder, 'wrong'), mutant.edits),
    [],
  );
  const isNoticed = said.some(({ line }) => line.startsWith('noticed: '));
  assert.ok(isNoticed, `"${mutant.what}" was not noticed: ${output}`);
}

const same = 'no complete checkpoint is lost, none is partial; the resumed run ends with the same bits';

export const ATTACKS: readonly Attack[] = [
  {
    name: 'training killed at a random moment',
    what: 'trains, saving after each step, and kills the process at a random moment',
    expects: same,
    tries: { quick: 3, full: 200 },
    seconds: 3_600,
    attempt: killAnywhere,
  },
  {
    name: 'training killed at an operation',
    what: 'kills the process before each file-system operation that writes something',
    expects: same,
    tries: { quick: 3, full: 400 },
    seconds: 3_600,
    attempt: killAtOperation,
  },
  {
    name: 'training on a disk that fails',
    what: 'makes the disk fail for good, or makes it full, from each operation on',
    expects: `an error; ${same}`,
    tries: { quick: 8, full: 800 },
    seconds: 3_600,
    attempt: failAtOperation,
  },
  {
    name: 'training on a full disk',
    what: 'trains on a real file system that is too small, and resumes on it when it has grown',
    expects: `an error; ${same}`,
    needs: { isThere: CAN_MOUNT, what: 'root on Linux, to mount a file system' },
    tries: { quick: 2, full: 60 },
    seconds: 3_600,
    attempt: fillDisk,
  },
  {
    name: 'damaged checkpoints',
    what: 'flips a byte in each file of the newest checkpoint, truncates each file, removes each file',
    expects: 'the checkpoint before it is used; the resumed run ends with the same bits',
    tries: { quick: 1, full: 60 },
    seconds: 1_200,
    attempt: damageFiles,
  },
  {
    name: 'checkpoints that are written wrongly',
    what: 'makes one change at a time in the source of saving and resuming, and runs the attacks above',
    expects: 'every change is noticed',
    tries: { quick: 0, full: MUTANTS.length },
    seconds: 1_200,
    attempt: trainWrongly,
  },
];
