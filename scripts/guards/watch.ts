import { SpladeRegularizerWeightSchedulerCallback } from '../../src/api/trainer.js';
import {
  arrayDataset,
  CSRLoss,
  type SparseEncoder,
  SparseEncoderTrainer,
  SparseMultipleNegativesRankingLoss,
  SpladeLoss,
} from '../../src/index.js';
import { CONDITIONS } from '../../src/trainer/guards/conditions.js';
import { Guards } from '../../src/trainer/guards/guards.js';
import { setWarningHandler } from '../../src/warnings.js';
import type { ModelData } from '../models/data.js';
import { MODELS } from './models.js';
import { type Run, STEPS } from './runs.js';

const BATCH = 16;
const LENGTH = 32;

/** How near the figures of a run came to warning. */
export interface Reading {
  /** The worst figure that a condition had in each of as many steps in a row as it needs. */
  readonly worst: number;
  readonly limit: number;
}

export interface Outcome {
  readonly run: string;
  /** The warnings with the steps at which they came; 0 is before the first one. */
  readonly told: readonly { readonly step: number; readonly text: string }[];
  readonly readings: Readonly<Record<string, Reading>>;
  /** Why the run ended early. */
  readonly error: string | null;
  /** Whether a healthy run had no warning, and a sick one the right one in time. */
  readonly isRight: boolean;
}

/** Trains by a run, and records what the guards saw and said. */
export async function watched(run: Run, pairs: ModelData['pairs']): Promise<Outcome> {
  const told: { step: number; text: string }[] = [];
  const series = new Map<string, number[]>();
  let step = 0;
  const before = setWarningHandler((text) => void told.push({ step, text }));
  const model = await MODELS[run.model]();
  try {
    model.maxSeqLength = LENGTH;
    if (run.bias !== undefined) raiseLogits(model, run.bias);
    const loss = lossOf(run, model);
    const note = (): void => {
      const guards = trainer.callbacks.find((each) => each instanceof Guards);
      for (const [name, figure] of Object.entries(guards?.figures ?? {})) {
        series.set(name, [...(series.get(name) ?? []), figure]);
      }
    };
    const trainer = new SparseEncoderTrainer({
      model,
      loss,
      args: {
        maxSteps: STEPS,
        perDeviceTrainBatchSize: BATCH,
        batchSampler: 'no_duplicates',
        warmupSteps: 0.1,
        saveStrategy: 'no',
        outputDir: null,
        ...run.args,
      },
      trainDataset: arrayDataset(pairs),
      callbacks: [
        ...(run.warmupRatio !== undefined && loss instanceof SpladeLoss
          ? [new SpladeRegularizerWeightSchedulerCallback(loss, { warmupRatio: run.warmupRatio })]
          : []),
        // The guards run after other callbacks: their figures of a step are there when the next one begins.
        { onStepBegin: note, onStepEnd: ({ state }) => void (step = state.globalStep), onTrainEnd: note },
      ],
    });
    const error = await trainer.train().then(
      () => null,
      (cause: unknown) => String(cause),
    );
    return { run: run.name, told, readings: readingsOf(series), error, isRight: isRight(run, told, error) };
  } finally {
    setWarningHandler(before);
    await model.dispose();
  }
}

function lossOf({ model: family, weight = 0, csr }: Run, model: SparseEncoder): SpladeLoss | CSRLoss {
  const loss = new SparseMultipleNegativesRankingLoss(model);
  if (csr !== undefined) return new CSRLoss(model, { loss, ...csr });
  return new SpladeLoss(model, {
    loss,
    documentRegularizerWeight: weight,
    queryRegularizerWeight: family === 'splade' ? weight : 0,
  });
}

function raiseLogits(model: SparseEncoder, bias: number): void {
  for (const [name, variable] of model.namedParameters()) {
    if (!name.endsWith('decoder.bias')) continue;
    const raised = variable.add(bias);
    variable.assign(raised);
    raised.dispose();
    return;
  }
  throw new RangeError('the model has no bias of its logits');
}

/** For each condition the figure nearest to its warning: the worst that as many steps in a row reached as it needs. */
function readingsOf(series: ReadonlyMap<string, readonly number[]>): Outcome['readings'] {
  return Object.fromEntries(
    CONDITIONS.flatMap(({ name, steps, limit, bad }) => {
      const figures = series.get(name) ?? [];
      const windows = figures.flatMap((_, end) =>
        end + 1 < steps ? [] : [figures.slice(end + 1 - steps, end + 1)],
      );
      if (windows.length === 0) return [];
      const worst =
        bad === 'above'
          ? Math.max(...windows.map((each) => Math.min(...each)))
          : Math.min(...windows.map((each) => Math.max(...each)));
      return [[name, { worst, limit }]];
    }),
  );
}

function isRight({ expects }: Run, told: Outcome['told'], error: string | null): boolean {
  if (expects === undefined) return error === null && told.length === 0;
  return told.some(({ step, text }) => step <= expects.by && expects.says.test(text));
}
