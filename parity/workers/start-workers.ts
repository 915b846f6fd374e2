import { fork } from 'node:child_process';
import { type ErrorKind, ReadableError } from '../../src/errors.js';
import { type ParityOptions, WORKER } from '../command.js';
import type { FromWorker, ToWorker } from './messages.js';
import type { Sent, Share } from './share.js';

/** A process that judges a part of the run failed or ended. Without its part, the run fails. */
export class WorkerError extends ReadableError {
  override readonly name = 'WorkerError';
  override readonly kind: ErrorKind | undefined;

  constructor(kind: ErrorKind | undefined, message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface RunningWorker {
  readonly losses: Promise<Sent['losses']>;
  readonly models: Promise<Sent['models']>;
  stop(): void;
}

/** Starts all processes of a run but this one, each with a reference of its own. */
export function startWorkers(
  options: ParityOptions,
  count: number,
  onCell: (name: string) => void,
): RunningWorker[] {
  return Array.from({ length: count - 1 }, (_, number) =>
    startWorker(options, { index: number + 1, count }, onCell),
  );
}

function startWorker(options: ParityOptions, share: Share, onCell: (name: string) => void): RunningWorker {
  // The program that is running, in another process.
  const child = fork(process.argv[1] ?? '', [], {
    env: { ...process.env, [WORKER]: String(share.index) },
    // JSON would lose typed arrays, NaN and -0.
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = (how: string): WorkerError => {
    const process = `process ${share.index + 1} of ${share.count}`;
    return new WorkerError('environment', `${process} ${how}, so its cells were not compared`);
  };
  child.on('message', (message: FromWorker) => {
    if (message.what === 'cell') onCell(message.name);
  });
  const answer = <T>(pick: (message: FromWorker) => T | undefined): Promise<T> => {
    const answered = new Promise<T>((resolve, reject) => {
      child.on('message', (message: FromWorker) => {
        const picked = pick(message);
        if (picked !== undefined) resolve(picked);
        if (message.what === 'failed') reject(new WorkerError(message.kind, message.message));
      });
      child.once('error', ({ message }) => reject(ended(`failed: ${message}`)));
      child.once('exit', (code, signal) =>
        reject(ended(`ended early with ${signal ?? `exit code ${code}`}`)),
      );
    });
    // Its failure is reported when its turn comes.
    answered.catch(() => undefined);
    return answered;
  };
  const task: ToWorker = { options, share };
  child.send(task, () => undefined);
  return {
    losses: answer((message) => (message.what === 'losses' ? message.losses : undefined)),
    models: answer((message) => (message.what === 'models' ? message.models : undefined)),
    stop: () => void child.kill(),
  };
}
