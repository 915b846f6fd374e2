import { parentPort } from 'node:worker_threads';
import type * as Ort from 'onnxruntime-node';
import { loadOrt } from '../ort.js';
import type { Answer, PackedTensors, Request } from './messages.js';

/** The thread's side of `BackgroundSession`: answers one request after another. */

const ort = await loadOrt();
const sessions = new Map<number, Ort.InferenceSession>();

async function perform(request: Request): Promise<[Answer, ArrayBuffer[]]> {
  const { id } = request;
  switch (request.kind) {
    case 'create': {
      const { model, options } = request;
      const created = await (typeof model === 'string'
        ? ort.InferenceSession.create(model, options)
        : ort.InferenceSession.create(model, options));
      sessions.set(request.session, created);
      const { inputMetadata, outputMetadata, outputNames } = created;
      return [{ id, kind: 'created', signature: { inputMetadata, outputMetadata, outputNames } }, []];
    }
    case 'run': {
      const outputs = await run(sessionOf(request.session), request.feeds, request.fetches);
      const buffers = Object.values(outputs).flatMap(({ data }) =>
        Array.isArray(data) ? [] : [data.buffer as ArrayBuffer],
      );
      return [{ id, kind: 'ran', outputs }, [...new Set(buffers)]];
    }
    case 'release': {
      await sessionOf(request.session).release();
      sessions.delete(request.session);
      return [{ id, kind: 'released' }, []];
    }
  }
}

async function run(
  session: Ort.InferenceSession,
  feeds: PackedTensors,
  fetches: readonly string[] | undefined,
): Promise<PackedTensors> {
  const tensors = Object.entries(feeds).map(([name, { type, data, dims }]) => [
    name,
    new ort.Tensor(type, data as Float32Array, dims),
  ]);
  const outputs = await session.run(
    Object.fromEntries(tensors) as Record<string, Ort.Tensor>,
    fetches ?? session.outputNames,
  );
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { type, dims, data }]) => [name, { type, dims, data }]),
  );
}

function sessionOf(number: number): Ort.InferenceSession {
  const found = sessions.get(number);
  if (found === undefined) throw new RangeError(`there is no session ${number}`);
  return found;
}

async function answer(request: Request): Promise<void> {
  try {
    parentPort?.postMessage(...(await perform(request)));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    parentPort?.postMessage({ id: request.id, kind: 'failed', message } satisfies Answer, []);
  }
}

parentPort?.on('message', (request: Request) => void answer(request));
