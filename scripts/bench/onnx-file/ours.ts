import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readOnnxFile } from '../../../src/onnx/read.js';
import { writeOnnxFile } from '../../../src/onnx/write.js';
import { peakMiB, type Round, serve } from '../serve.js';
import { fileModel } from './model.js';
import { FileCase } from './spec.js';

/** The value of a round: MiB of the written file, or of the weights that were read. */
function prepareWrite(path: string, spec: FileCase): () => Promise<Round> {
  const model = fileModel(spec);
  return async () => {
    const start = performance.now();
    await writeOnnxFile(path, model);
    const ms = performance.now() - start;
    return { ms, value: statSync(path).size / 2 ** 20 };
  };
}

/** Another process writes the file, so that the memory of this process is what reading needs. */
function prepareRead(path: string, spec: FileCase): () => Promise<Round> {
  const program = fileURLToPath(new URL('./save.ts', import.meta.url));
  execFileSync(process.execPath, [...process.execArgv, program, path, JSON.stringify(spec)]);
  const collectGarbage = garbageCollector();
  return async () => {
    // A process that reads one model has no earlier ones in memory. Python frees them at once.
    collectGarbage();
    const start = performance.now();
    const { graph } = readOnnxFile(path);
    const ms = performance.now() - start;
    const bytes = graph.initializers.reduce((sum, { tensor }) => sum + tensor.data.byteLength, 0);
    return { ms, value: bytes / 2 ** 20 };
  };
}

/** V8's garbage collector, which appears in a context that is created after setting the flag. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-bench-'));
const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
process.on('exit', removeFolder);

await serve(
  FileCase,
  (row) => {
    const prepare = row.operation === 'write' ? prepareWrite : prepareRead;
    const round = prepare(join(folder, 'model.onnx'), row);
    // The model is in memory already, so everything beyond this is for writing.
    return Promise.resolve({ engine: 'sparse-encoder', threads: 1, startMiB: peakMiB(), round });
  },
  removeFolder,
);
