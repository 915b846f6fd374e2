/** Overwrites the folder argv[2] with version 2 of the small folder, and kills itself before operation argv[3]. */
import { writeFolder } from '../../files/folder/write-folder.js';
import { withFaults } from './faulty-file-system.js';
import { smallFolder } from './small-folder.js';

const [, , target = '', index = ''] = process.argv;
await withFaults(
  (_, count) => {
    if (count === Number(index)) process.kill(process.pid, 'SIGKILL');
  },
  () => writeFolder(target, smallFolder(2), { overwrite: true }),
);
