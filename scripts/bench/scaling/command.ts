import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { countFrom } from '../../../src/options.js';
import { openProgress } from '../../../src/progress.js';
import { flag } from '../../../src/shell/flag.js';
import { subcommand } from '../../../src/shell/new-command.js';
import { alignedRows } from '../../../src/shell/table.js';
import { answerOf } from '../../programs/answer-of.js';
import { writeReport } from '../report.js';
import { ScalingPoint, scalingSeries, type Series } from './spec.js';

interface ScalingOptions {
  json?: string;
  quick: boolean;
  threads: number;
}

/** How time and memory of a training step grow. It needs no reference for comparison. */
export function addScaling(parent: Command): void {
  subcommand(parent, 'scaling', {
    description: 'Time and memory of a training step by batch, by vocabulary, and with CachedSpladeLoss.',
    examples: ['npm run bench -- scaling --quick'],
  })
    .option('--json <file>', 'also write the results as JSON')
    .option('--quick', 'only the two smallest of each series', false)
    .addOption(flag('--threads <n>', 'threads of an operator', countFrom(1, availableParallelism())))
    .action(measureAll);
}

type Measured = ScalingPoint & { readonly value: number };

async function measureAll({ json, quick, threads }: ScalingOptions): Promise<void> {
  const results: Record<string, Measured[]> = {};
  const all = scalingSeries(quick);
  const progress = openProgress(all.reduce((sum, { values }) => sum + values.length, 0));
  for (const series of all) {
    const points: Measured[] = [];
    for (const value of series.values) {
      points.push({ value, ...(await measured({ ...series.spec, [series.of]: value, threads })) });
      progress.advance(`${series.name}, ${value}`);
    }
    results[series.name] = points;
    process.stdout.write(`${series.name}\n${inWords(series, points)}\n`);
  }
  progress.stop();
  if (json !== undefined) writeReport(results, json);
}

const PROGRAM = fileURLToPath(new URL('measure.ts', import.meta.url));

/** Measures in a separate process, whose memory nothing else has touched. */
async function measured(spec: object): Promise<ScalingPoint> {
  return ScalingPoint.parse(await answerOf(PROGRAM, { args: [JSON.stringify(spec)] }));
}

const BAR = 30;

/** A table with a bar of the time for each line. */
function inWords({ of }: Series, points: readonly Measured[]): string {
  const [first] = points;
  const longest = Math.max(...points.map(({ ms }) => ms));
  const rows = points.map(({ value, ms, peakMiB }) => [
    value.toLocaleString('en'),
    `${ms.toFixed(0)} ms`,
    `${(ms / (first?.ms ?? Number.NaN)).toFixed(2)} x`,
    `${peakMiB.toFixed(0)} MiB`,
    `${(peakMiB / (first?.peakMiB ?? Number.NaN)).toFixed(2)} x`,
    '#'.repeat(Math.round((BAR * ms) / longest)).padEnd(BAR),
  ]);
  return alignedRows([[of, 'time', '', 'peak', '', ''], ...rows], 'right').join('\n');
}
