import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { grouped } from '../../../src/counted.js';
import { countFrom } from '../../../src/options.js';
import { flag } from '../../../src/shell/flag.js';
import { subcommand } from '../../../src/shell/new-command.js';
import { alignedRows } from '../../../src/shell/table.js';
import { answerOf } from '../../programs/answer-of.js';
import { writeReport } from '../report.js';
import { LoraPoint, loraRows } from './spec.js';

interface LoraCommandOptions {
  json?: string;
  quick: boolean;
  threads: number;
}

/** Time and memory of a training step with and without an adapter. It needs no reference for comparison. */
export function addLora(parent: Command): void {
  subcommand(parent, 'lora', {
    description:
      'Time and memory of a training step of a model of the size of MiniLM-L6, with and without an adapter.',
    examples: ['npm run bench -- lora --quick'],
  })
    .option('--json <file>', 'also write the results as JSON')
    .option('--quick', 'two layers, smaller batches, fewer steps', false)
    .addOption(flag('--threads <n>', 'threads of an operator', countFrom(1, availableParallelism())))
    .action(measureAll);
}

const PROGRAM = fileURLToPath(new URL('measure.ts', import.meta.url));

async function measureAll({ json, quick, threads }: LoraCommandOptions): Promise<void> {
  const results: Record<string, LoraPoint> = {};
  for (const { name, spec } of loraRows(quick)) {
    // In a separate process, whose memory nothing else has touched.
    const args = [JSON.stringify({ ...spec, threads })];
    results[name] = LoraPoint.parse(await answerOf(PROGRAM, { args }));
  }
  const rows = Object.entries(results).map(([name, { ms, cpuMs, peakMiB, trainable }]) => [
    name,
    grouped(trainable),
    cpuMs.toFixed(0),
    ms.toFixed(0),
    peakMiB.toFixed(0),
  ]);
  const head = ['trained', 'parameters', 'CPU ms', 'ms', 'peak MiB'];
  const lines = alignedRows([head, ...rows], ['left', 'right', 'right', 'right', 'right']);
  process.stdout.write(`${lines.join('\n')}\n`);
  if (json !== undefined) writeReport(results, json);
}
