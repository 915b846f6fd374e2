/** Trains until it is killed: child.js OUTPUT [AT]. With AT, it kills itself before that operation. */
import { writeSync } from 'node:fs';
import { withFaults } from '../../../src/testing/files/faulty-file-system.js';
import { checkpointsIn } from '../../../src/trainer/checkpoint.js';
import { trainOnce } from './run.js';

const [output = '', at] = process.argv.slice(2);
const resume = (await checkpointsIn(output)).length > 0;
// Written synchronously, so that lines from before a kill can be read.
const tell = (line: string): void => void writeSync(1, `${line}\n`);

await withFaults(
  (_, index) => {
    if (String(index) === at) process.kill(process.pid, 'SIGKILL');
  },
  () => trainOnce(output, { resume, onBegin: () => tell('begin'), onSave: (step) => tell(`saved ${step}`) }),
);
tell('end');
