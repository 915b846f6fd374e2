import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { counted } from '../../../src/counted.js';
import { UsageError } from '../../../src/errors.js';
import { countFrom } from '../../../src/options.js';
import { flag } from '../../../src/shell/flag.js';
import { subcommand } from '../../../src/shell/new-command.js';
import { answerOf } from '../../programs/answer-of.js';
import { writeReport } from '../report.js';
import { MemoryReport, type MemoryRow, memoryRows } from './spec.js';

interface MemoryOptions {
  json?: string;
  quick: boolean;
  only: string;
  threads: number;
}

/** The memory of work that changes from call to call. It needs no reference for comparison. */
export function addMemory(parent: Command): void {
  subcommand(parent, 'memory', {
    description: 'Memory of encoding under many settings, and of training on texts of mixed lengths.',
    examples: ['npm run bench -- memory --quick'],
  })
    .option('--json <file>', 'also write the results as JSON')
    .option('--quick', 'two layers, fewer rounds', false)
    .option('--only <text>', 'only rows whose name contains this', '')
    .addOption(flag('--threads <n>', 'threads of an operator', countFrom(1, availableParallelism())))
    .action(measureRows);
}

async function measureRows({ json, quick, only, threads }: MemoryOptions): Promise<void> {
  const rows = memoryRows(quick).filter(({ name }) => name.includes(only));
  if (rows.length === 0) {
    const names = memoryRows(quick).map(({ name }) => name);
    throw new UsageError(`no row contains "${only}"; there are ${names.join('; ')}`);
  }
  const results: Record<string, MemoryReport> = {};
  for (const row of rows) {
    const result = await measured(row, threads);
    results[row.name] = result;
    process.stdout.write(`${inWords(row.name, result)}\n`);
  }
  if (json !== undefined) writeReport(results, json);
}

const PROGRAM = fileURLToPath(new URL('measure.ts', import.meta.url));

/** Measures in a separate process, whose memory nothing else has touched. */
async function measured({ spec }: MemoryRow, threads: number): Promise<MemoryReport> {
  return MemoryReport.parse(await answerOf(PROGRAM, { args: [JSON.stringify({ ...spec, threads })] }));
}

function inWords(name: string, result: MemoryReport): string {
  const { startMiB, firstMiB, lastMiB, peakMiB, disposedMiB, sessions, estimatedMiB, seconds } = result;
  const memory = Object.entries({ startMiB, firstMiB, lastMiB, peakMiB, disposedMiB, estimatedMiB });
  return [
    name,
    `  resident MiB: ${memory.map(([when, mib]) => `${when.replace('MiB', '')} ${mib.toFixed(0)}`).join(', ')}`,
    `  ${counted(sessions, 'session')} at the end, ${seconds.toFixed(1)} s`,
  ].join('\n');
}
