import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { turnTelemetryOff } from '../../src/engine/runtime/no-telemetry.js';
import { ReadableError } from '../../src/errors.js';

turnTelemetryOff();

const Ready = z.object({ engine: z.string(), threads: z.number().int().positive(), startMiB: z.number() });
const Round = z.object({
  ms: z.number().positive(),
  value: z.number(),
  /** Time of all its processors, where the worker measures it. */
  cpuMs: z.number().optional(),
});
const Finished = z.object({ peakMiB: z.number().positive() });

export type ReadyAnswer = z.infer<typeof Ready>;
export type RoundAnswer = z.infer<typeof Round>;
export type FinishedAnswer = z.infer<typeof Finished>;

/** One implementation at work on one row. */
export interface Worker {
  prepare(): Promise<ReadyAnswer>;
  round(): Promise<RoundAnswer>;
  finish(): Promise<FinishedAnswer>;
  stop(): void;
}

/** A process that measures did not do its work. */
export class WorkerError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'WorkerError';
}

/**
 * A worker in a process of its own, so that its peak memory is its own. Both directions carry one JSON value
 * a line: a request names its kind, and its answer is the next line the process prints.
 */
export function startWorker(command: readonly [string, ...string[]], row: unknown, threads: number): Worker {
  const [program, ...args] = command;
  const child: ChildProcessWithoutNullStreams = spawn(program, args, {
    env: { ...process.env, OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)));
  let launchFailure: Error | undefined;
  child.on('error', (error) => (launchFailure = error));
  // The missing answer reports a process that ended early, with what it wrote to stderr.
  child.stdin.on('error', () => {});

  async function ask<Answer>(
    request: { kind: string; row?: unknown; threads?: number },
    schema: z.ZodType<Answer>,
  ): Promise<Answer> {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await lines.next();
    if (line.done === true) {
      const reason = launchFailure?.message ?? (stderr.trim() || 'it wrote no message');
      throw new WorkerError(`${program} ended before it answered "${request.kind}": ${reason}`);
    }
    const answer = schema.safeParse(parseJson(line.value));
    if (!answer.success) {
      throw new WorkerError(`${program} answered "${request.kind}" with: ${line.value.slice(0, 200)}`);
    }
    return answer.data;
  }

  return {
    prepare: () => ask({ kind: 'prepare', row, threads }, Ready),
    round: () => ask({ kind: 'round' }, Round),
    finish: async () => {
      const answer = await ask({ kind: 'finish' }, Finished);
      child.stdin.end();
      return answer;
    },
    stop: () => child.kill('SIGKILL'),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
