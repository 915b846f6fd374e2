import { ReferenceUnavailableError } from '../../src/python/errors.js';
import { buildReport, describeMachine, type BenchmarkReport } from './report.js';
import { measureRow, type RowResult, type Sides } from './runner.js';
import type { Suite, SuiteRow } from './suites.js';
import { startWorker, type Worker } from './worker.js';

export interface SuiteOptions {
  python: string;
  threads: number;
  seconds: number;
  /** Called before each row. */
  onRow: (name: string) => void;
  onRowEnd: (name: string) => void;
  /** Called with every process that starts, so that an interrupt can stop it. */
  onWorker: (worker: Worker) => void;
}

export async function runSuite(
  name: string,
  suite: Suite,
  selected: SuiteRow[],
  options: SuiteOptions,
): Promise<BenchmarkReport> {
  const rows: RowResult[] = [];
  let engines: BenchmarkReport['engines'] | undefined;
  for (const { name: rowName, spec } of selected) {
    options.onRow(rowName);
    const workers = startSides(suite, spec, options);
    try {
      const measured = await measureRow(rowName, workers, options);
      rows.push(measured.row);
      engines = measured.engines;
      options.onRowEnd(rowName);
    } finally {
      workers.ours.stop();
      workers.reference.stop();
    }
  }
  if (engines === undefined) throw new Error(`suite ${name} has no rows`);
  return buildReport(name, describeMachine(options.threads), engines, rows);
}

function startSides(suite: Suite, spec: unknown, options: SuiteOptions): Sides<Worker> {
  const { threads, python, onWorker } = options;
  const ours = startWorker(
    [process.execPath, '--import', import.meta.resolve('tsx'), suite.ours],
    spec,
    threads,
  );
  const reference = startReference(python, suite.reference, spec, threads);
  onWorker(ours);
  onWorker(reference);
  return { ours, reference };
}

function startReference(python: string, program: string, spec: unknown, threads: number): Worker {
  const worker = startWorker([python, program], spec, threads);
  return {
    ...worker,
    // A Python that is missing, or lacks the reference, shows at the first question.
    prepare: async () => {
      try {
        return await worker.prepare();
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new ReferenceUnavailableError('start', reason, { cause });
      }
    },
  };
}
