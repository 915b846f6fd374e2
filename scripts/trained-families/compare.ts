import { fileURLToPath } from 'node:url';
import { ReferenceUnavailableError } from '../../src/python/errors.js';
import { startWorker, type Worker } from '../bench/worker.js';
import type { TrainingSpec } from './spec.js';

/** The result of a trainer, without the model's quality. */
export interface Trained {
  readonly engine: string;
  /** The model's folder. */
  readonly output: string;
  /** The mean loss of each turn. */
  readonly losses: readonly number[];
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

export interface CompareOptions {
  readonly python: string;
  readonly threads: number;
  /** Called with the mean loss of each turn. */
  readonly onTurn?: (who: 'ours' | 'reference', loss: number) => void;
  /** Called with every process that starts, so that the caller can stop it when it ends itself. */
  readonly onWorker?: (worker: Worker) => void;
}

type SideSpec = Omit<TrainingSpec, 'output'>;

const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * Trains one model with both trainers, each in its own process. They take turns on the same cores, so that a busy minute of
 * the machine affects both. The waiting process does not compute.
 */
export async function trainBoth(
  spec: SideSpec,
  outputs: { readonly ours: string; readonly reference: string },
  { python, threads, onTurn, onWorker }: CompareOptions,
): Promise<{ readonly ours: Trained; readonly reference: Trained }> {
  const tsx = import.meta.resolve('tsx');
  const ours = side(
    startWorker(
      [process.execPath, '--import', tsx, program('./ours.ts')],
      { ...spec, output: outputs.ours },
      threads,
    ),
    outputs.ours,
  );
  const reference = side(
    startWorker([python, '-B', program('./reference.py')], { ...spec, output: outputs.reference }, threads),
    outputs.reference,
  );
  onWorker?.(ours.worker);
  onWorker?.(reference.worker);
  try {
    await ours.prepare();
    await reference.prepare().catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ReferenceUnavailableError('start', reason, { cause });
    });
    for (let turn = 0; turn * spec.turn < spec.steps; turn++) {
      const order = [['ours', ours] as const, ['reference', reference] as const];
      for (const [who, one] of turn % 2 === 0 ? order : order.toReversed()) {
        const loss = await one.takeTurn();
        onTurn?.(who, loss);
      }
    }
    return { ours: await ours.finish(), reference: await reference.finish() };
  } finally {
    ours.worker.stop();
    reference.worker.stop();
  }
}

function side(worker: Worker, output: string) {
  const losses: number[] = [];
  let engine = '';
  let ms = 0;
  let cpuMs = 0;
  return {
    worker,
    async prepare(): Promise<void> {
      ({ engine } = await worker.prepare());
    },
    async takeTurn(): Promise<number> {
      const round = await worker.round();
      losses.push(round.value);
      ms += round.ms;
      cpuMs += round.cpuMs ?? 0;
      return round.value;
    },
    async finish(): Promise<Trained> {
      const { peakMiB } = await worker.finish();
      return { engine, output, losses, seconds: ms / 1000, cpuSeconds: cpuMs / 1000, peakMiB };
    },
  };
}
