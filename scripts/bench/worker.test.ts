import { afterEach, expect, test } from 'vitest';
import { startWorker, type Worker } from './worker.js';

let worker: Worker | undefined;
afterEach(() => worker?.stop());

function nodeWorker(body: string): Worker {
  worker = startWorker([process.execPath, '-e', body], { size: 7 }, 3);
  return worker;
}

test('a worker answers line by line and is told its row and threads', async () => {
  const started = nodeWorker(`
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const request = JSON.parse(line);
      if (request.kind === 'prepare')
        console.log(JSON.stringify({ engine: process.env.OMP_NUM_THREADS, threads: request.threads, startMiB: request.row.size }));
      if (request.kind === 'round') console.log('{"ms": 2.5, "value": 1}');
      if (request.kind === 'finish') console.log('{"peakMiB": 64}');
    });`);
  expect(await started.prepare()).toEqual({ engine: '3', threads: 3, startMiB: 7 });
  expect(await started.round()).toEqual({ ms: 2.5, value: 1 });
  expect(await started.finish()).toEqual({ peakMiB: 64 });
});

test('a worker that dies is reported with what it wrote to stderr', async () => {
  await expect(nodeWorker(`console.error('no such loss'); process.exit(4)`).prepare()).rejects.toThrow(
    /"prepare": no such loss/,
  );
});

test('an answer that is not the expected one is quoted', async () => {
  await expect(nodeWorker(`console.log('hello')`).prepare()).rejects.toThrow(/with: hello/);
});

test('a program that does not exist is named', async () => {
  worker = startWorker(['/no/such/python'], {}, 1);
  await expect(worker.prepare()).rejects.toThrow(/\/no\/such\/python.*ENOENT/);
});
