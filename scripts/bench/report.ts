import { renameSync, writeFileSync } from 'node:fs';
import Table from 'cli-table3';
import { counted } from '../../src/counted.js';
import { thisMachine } from '../../src/machine.js';
import type { RowResult, Sides } from './runner.js';
import { memoryRatio, speedRatio, type Measurement } from './statistics.js';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  node: string;
  platform: string;
  /** The limit for both sides; `engines` says what each of them used. */
  threads: number;
}

export interface BenchmarkReport {
  schemaVersion: 1;
  suite: string;
  machine: Machine;
  engines: Sides<{ engine: string; threads: number }>;
  rows: (RowResult & { speedRatio: number; memoryRatio: number })[];
}

export function describeMachine(threads: number): Machine {
  return { ...thisMachine(), node: process.version, threads };
}

export function buildReport(
  suite: string,
  machine: Machine,
  engines: BenchmarkReport['engines'],
  rows: readonly RowResult[],
): BenchmarkReport {
  return {
    schemaVersion: 1,
    suite,
    machine,
    engines,
    rows: rows.map((row) => ({
      ...row,
      speedRatio: speedRatio(row.ours, row.reference),
      memoryRatio: memoryRatio(row.ours, row.reference),
    })),
  };
}

export function renderReport(report: BenchmarkReport, colours: boolean): string {
  const { machine, engines } = report;
  const table = new Table({
    head: ['', 'ours ms', 'reference ms', 'speed', 'ours MiB', 'reference MiB', 'memory'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: colours ? { head: ['bold'], compact: true } : { head: [], border: [], compact: true },
  });
  for (const row of report.rows) {
    table.push([
      row.name,
      timing(row.ours),
      timing(row.reference),
      times(row.speedRatio),
      memory(row.ours),
      memory(row.reference),
      times(row.memoryRatio),
    ]);
  }
  return [
    `${report.suite} on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}`,
    `ours: ${engine(engines.ours)}; reference: ${engine(engines.reference)}`,
    table.toString(),
    'Time: median (fastest to slowest round). Speed: reference / ours, above 1 ours is faster.',
    'MiB: peak of the whole process (what of it came after the start).',
    'Memory: ours / reference, below 1 ours needs less.',
  ].join('\n');
}

export function writeReport(report: object, path: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(temporary, path);
}

function engine({ engine: name, threads }: { engine: string; threads: number }): string {
  return `${name}, ${counted(threads, 'thread')}`;
}

function timing({ medianMs, minMs, maxMs }: Measurement): string {
  return `${significant(medianMs)} (${significant(minMs)} to ${significant(maxMs)})`;
}

function memory({ peakMiB, startMiB }: Measurement): string {
  return `${peakMiB.toFixed(0)} (+${(peakMiB - startMiB).toFixed(0)})`;
}

function times(ratio: number): string {
  return `${significant(ratio)}x`;
}

/** Three significant digits, without an exponent. */
function significant(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
