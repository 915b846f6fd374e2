import { spawnSync } from 'node:child_process';
import type { Attack } from '../attack.js';

const planted = (name: string, attempt: Attack['attempt']): Attack => ({
  name,
  what: 'something that a run of attacks has to notice',
  expects: 'a finding',
  tries: { quick: 3, full: 3 },
  attempt,
});

const forEver = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 1e9));

const MUCH = 4e8;
const fill = (): void => void Buffer.alloc(MUCH, 1);

/** Attacks that come through, and one that does not, for the tests of the supervisor. */
export const ATTACKS: readonly Attack[] = [
  planted('holds', () => undefined),
  planted('throws in the second try', ({ index }) => {
    if (index === 1) throw new RangeError('planted');
  }),
  planted('ends the process', () => void process.kill(process.pid, 'SIGSEGV')),
  planted('throws, then ends the process', ({ index }) => {
    if (index === 1) process.kill(process.pid, 'SIGSEGV');
    throw new RangeError('planted');
  }),
  planted('exits', () => process.exit(7)),
  planted('leaves a rejection', async () => void Promise.reject(new RangeError('planted'))),
  { ...planted('never ends', forEver), seconds: 1 },
  {
    ...planted('computes forever', () => {
      for (;;);
    }),
    seconds: 1,
  },
  planted('takes memory', fill),
  planted('starts what takes memory', () => {
    spawnSync(process.execPath, ['-e', `const held = Buffer.alloc(${MUCH}, 1); setTimeout(() => held, 500)`]);
  }),
  { ...planted('takes memory for a large file', fill), bytes: 1e8 },
];
