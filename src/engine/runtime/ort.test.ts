import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** The output of a module script beside this file. */
function printedBy(script: string): string {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', tsx, '--input-type=module', '--eval', script],
    { cwd: dirname(fileURLToPath(import.meta.url)), encoding: 'utf8' },
  );
  return stdout + stderr;
}

const LOADED = `process.report.getReport().sharedObjects.some((path) => path.includes('onnxruntime'))`;

test('onnxruntime-node is loaded by the first computation, not by an import or by choosing the engine', () => {
  const printed = printedBy(`
    import '../compile/compile.ts';
    import { setEngine } from '../set-engine.ts';
    import * as tf from '@tensorflow/tfjs';
    const loaded = () => ${LOADED};
    const seen = [loaded()];
    await setEngine('onnx', { threads: 1 });
    const x = tf.tensor1d([1, 2]).square();
    seen.push(loaded());
    await x.data();
    seen.push(loaded());
    console.log(seen.join(' '));`);
  expect(printed.trim()).toBe('false false true');
});
