import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { compile, setEngine, SparseEncoder } from '../../../src/index.js';
import { peakMiB, serve, timed } from '../serve.js';
import { EncodeCase } from './spec.js';

/** Does a round and returns the number that the reference also computes. */
type Round = () => Promise<number>;

async function prepareRound(row: EncodeCase, threads: number): Promise<Round> {
  if (row.kind === 'start') return () => startProcess(row.model, row.text, threads);
  await setEngine('onnx', { threads });
  if (row.kind === 'product') return productRound(row);
  const model = await SparseEncoder.load(row.model);
  return async () => {
    const { values } = await model.encode(row.texts, { batchSize: row.batchSize });
    return values.reduce((sum, value) => sum + value, 0);
  };
}

/** The built command, as it is installed. */
const COMMAND = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url));

/** Runs the command on one text and returns the sum of its weights. */
async function startProcess(model: string, text: string, threads: number): Promise<number> {
  if (!existsSync(COMMAND)) throw new Error(`there is no ${COMMAND}; \`npm run build\` makes it`);
  const run = promisify(execFile)(process.execPath, [COMMAND, 'encode', model, '--threads', String(threads)]);
  run.child.stdin?.end(`${JSON.stringify(text)}\n`);
  const { values } = z.object({ values: z.array(z.number()) }).parse(JSON.parse((await run).stdout));
  return values.reduce((sum, value) => sum + value, 0);
}

function productRound({ rows, inner, columns }: { rows: number; inner: number; columns: number }): Round {
  const right = tf.ones<tf.Rank.R2>([inner, columns]);
  const product = compile((left: tf.Tensor2D) => tf.matMul(left, right).max(), {
    name: 'product',
    frozen: true,
  });
  const left = tf.ones<tf.Rank.R2>([rows, inner]);
  return async () => {
    const result = await product(left);
    const [largest = Number.NaN] = await result.data();
    result.dispose();
    return largest;
  };
}

await serve(EncodeCase, async (row, threads) => {
  const startMiB = peakMiB();
  const encode = await prepareRound(row, threads);
  return { engine: `tfjs ${tf.version.tfjs} onnx engine`, threads, startMiB, round: () => timed(encode) };
});
