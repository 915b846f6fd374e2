/** Exports the model argv[2] to the folder argv[3], and kills itself before operation argv[4]. */
import { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { exportOnnx } from '../../export/export-onnx.js';
import { withFaults } from './faulty-file-system.js';

const [, , model = '', output = '', index = ''] = process.argv;
const encoder = await SparseEncoder.load(model);
await withFaults(
  (_, count) => {
    if (count === Number(index)) process.kill(process.pid, 'SIGKILL');
  },
  () => exportOnnx(encoder, { output }),
);
