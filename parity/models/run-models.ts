import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EngineName, setEngine } from '../../src/index.js';
import type { Reference } from '../../src/python/bridge.js';
import { compareOutcomes, type Mismatch, type ReferenceLegs } from '../compare.js';
import { type Implementation, OURS } from '../implementation.js';
import { failureOf } from '../judge-or-name.js';
import type { ModelSource } from './folders.js';
import type { ModelCase } from './model-case.js';
import { ourOutcome } from './our-outcome.js';
import { type ModelCell, planModelCase } from './plan.js';
import { askReference, legsFor } from './reference-outcome.js';
import { openSubject, type Subject } from './subject.js';

export interface ModelFailure {
  readonly path: string;
  readonly mismatch: Mismatch;
}

export interface ModelCellResult {
  readonly cell: ModelCell;
  /** The engine that was asked for. */
  readonly backend: EngineName;
  readonly cases: number;
  readonly failures: readonly ModelFailure[];
  /** Our worst error divided by PyTorch's float32 error. */
  readonly valueRatio: number;
  readonly gradientRatio: number;
  readonly seconds: number;
}

/** A case with the model and the reference's results. */
export interface JudgedModelCase {
  readonly case: ModelCase;
  readonly legs: ReferenceLegs;
}

export interface ModelRun {
  readonly reference: Pick<Reference, 'call'>;
  readonly seed: number;
  /**
   * Compute our side, one after the other; of large models the onnx engine does it, since tfjs's own kernels would take
   * minutes.
   */
  readonly backends: readonly [EngineName, ...EngineName[]];
  readonly implementation?: Implementation;
  readonly onCell?: (result: ModelCellResult) => void;
  /** Sees a model that cannot be judged since the reference failed on it. Without it, the run ends. */
  readonly onLost?: (source: ModelSource, why: string) => void;
  /** Sees every case of a model together while the model is open on the first engine. */
  readonly onModel?: (
    subject: Subject,
    judged: readonly JudgedModelCase[],
    source: ModelSource,
  ) => Promise<void>;
}

/**
 * Judges every cell, model by model. The reference works on the next model while ours computes the present one. A model
 * that is not available on this machine has no results.
 */
export async function runModels(cells: readonly ModelCell[], run: ModelRun): Promise<ModelCellResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'parity-models-'));
  const sources = [...new Set(cells.map((cell) => cell.source))];
  const begin = (source: ModelSource | undefined): Promise<Begun | undefined> | undefined =>
    source && beginModel(source, cells, folder, run);
  const results: ModelCellResult[] = [];
  try {
    let next = begin(sources[0]);
    for (const [index, source] of sources.entries()) {
      const lost = (error: unknown): undefined => {
        const why = failureOf(error);
        if (why === undefined || run.onLost === undefined) throw error;
        run.onLost(source, why);
      };
      const present = await next?.catch(lost);
      next = begin(sources[index + 1]);
      // A failure of the next model is reported when its turn comes.
      next?.catch(() => undefined);
      if (present !== undefined) results.push(...((await judgeModel(present, run).catch(lost)) ?? []));
    }
    return results;
  } finally {
    await setEngine(run.backends[0]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An open model, and the pending request to the reference. */
interface Begun {
  readonly source: ModelSource;
  readonly folder: string;
  /** On the first engine. */
  readonly subject: Subject;
  readonly cells: readonly (ModelCell & { readonly planned: readonly ModelCase[] })[];
  readonly outcomes: ReturnType<typeof askReference>;
}

const engineFor = ({ large }: ModelSource, backend: EngineName): EngineName =>
  large === true && backend === 'cpu' ? 'onnx' : backend;

async function beginModel(
  source: ModelSource,
  all: readonly ModelCell[],
  work: string,
  { reference, seed, backends }: ModelRun,
): Promise<Begun | undefined> {
  const folder = await source.open({ folder: work, seed, reference });
  if (folder === undefined) return undefined;
  await setEngine(engineFor(source, backends[0]));
  const subject = await openSubject(folder);
  const dims = subject.encoder.dimension ?? 0;
  const cells = all
    .filter((cell) => cell.source === source)
    .map((cell) => ({ ...cell, planned: cell.cases.map((path) => planModelCase(path, cell, dims, seed)) }));
  const cases = cells.flatMap(({ planned }) => planned);
  const outcomes = askReference(reference, { folder, cases, large: source.large === true });
  outcomes.catch(() => undefined);
  return { source, folder, subject, cells, outcomes };
}

async function judgeModel(begun: Begun, run: ModelRun): Promise<ModelCellResult[]> {
  const { source, folder, subject } = begun;
  const [first, ...others] = run.backends;
  try {
    const outcomes = await begun.outcomes;
    await setEngine(engineFor(source, first));
    const { results, all } = await judgeOn(first, subject, outcomes, begun, run);
    await run.onModel?.(subject, all, source);
    for (const backend of others) {
      await setEngine(engineFor(source, backend));
      const again = await openSubject(folder);
      try {
        results.push(...(await judgeOn(backend, again, outcomes, begun, run)).results);
      } finally {
        await again.encoder.dispose();
      }
    }
    return results;
  } finally {
    await subject.encoder.dispose();
  }
}

/** Judges a model on the engine that is set. */
async function judgeOn(
  backend: EngineName,
  subject: Subject,
  outcomes: Awaited<Begun['outcomes']>,
  { cells }: Begun,
  run: ModelRun,
): Promise<{ results: ModelCellResult[]; all: JudgedModelCase[] }> {
  const reference = outcomes.values();
  const results: ModelCellResult[] = [];
  const all: JudgedModelCase[] = [];
  for (const { planned, ...cell } of cells) {
    const judged: JudgedModelCase[] = [];
    for (const one of planned) {
      judged.push({ case: one, legs: await legsFor(subject, reference.next().value ?? new Map()) });
    }
    const result = { ...(await judgeCell(cell, judged, subject, run.implementation ?? OURS)), backend };
    results.push(result);
    all.push(...judged);
    run.onCell?.(result);
  }
  return { results, all };
}

async function judgeCell(
  cell: ModelCell,
  judged: readonly JudgedModelCase[],
  subject: Subject,
  implementation: Implementation,
): Promise<Omit<ModelCellResult, 'backend'>> {
  const begin = performance.now();
  const failures: ModelFailure[] = [];
  let valueRatio = 0;
  let gradientRatio = 0;
  for (const { case: one, legs } of judged) {
    const verdict = compareOutcomes(await ourOutcome(subject, one, implementation), legs);
    valueRatio = Math.max(valueRatio, verdict.valueRatio);
    gradientRatio = Math.max(gradientRatio, verdict.gradientRatio);
    if (verdict.mismatch !== undefined) failures.push({ path: one.path, mismatch: verdict.mismatch });
  }
  const seconds = (performance.now() - begin) / 1000;
  return { cell, cases: judged.length, failures, valueRatio, gradientRatio, seconds };
}
