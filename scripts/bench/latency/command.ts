import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { modelFolder, realTexts } from '../encode/spec.js';
import { writeReport } from '../report.js';
import { ENCODERS, type LatencyCase, LatencyReport } from './spec.js';

interface LatencyOptions {
  json?: string;
  quick: boolean;
  model?: string;
}

/** How long encoding keeps its callers, and their event loop, waiting: it needs no reference beside it. */
export function latencyCommand(): Command {
  return new Command('latency')
    .description(
      'how long texts wait for their embeddings, and the longest block of the event loop meanwhile',
    )
    .option('--json <file>', 'also write the results as JSON')
    .option('--quick', 'fewer texts and rounds', false)
    .option('--model <folder>', 'another model than the splade one of `npm run make-models`')
    .action(measureEncoders);
}

async function measureEncoders({
  json,
  quick,
  model = modelFolder('splade'),
}: LatencyOptions): Promise<void> {
  const texts = realTexts().slice(0, quick ? 200 : 2000);
  const results: Record<string, LatencyReport> = {};
  for (const encoder of ENCODERS) {
    const report = await measured({ encoder, model, texts, rounds: quick ? 1 : 3 });
    results[encoder] = report;
    process.stdout.write(`${encoder}\n${report.map(inWords).join('\n')}\n`);
  }
  if (json !== undefined) writeReport(results, json);
}

const PROGRAM = fileURLToPath(new URL('measure.ts', import.meta.url));

/** In a process of its own. */
async function measured(asked: LatencyCase): Promise<LatencyReport> {
  const run = promisify(execFile)(process.execPath, ['--import', import.meta.resolve('tsx'), PROGRAM]);
  run.child.stdin?.end(JSON.stringify(asked));
  const { stdout } = await run;
  return LatencyReport.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
}

function inWords({ work, ms, blockMs }: LatencyReport[number]): string {
  return `  ${work.padEnd(32)} ${ms.toFixed(0).padStart(7)} ms, event loop blocked for at most ${blockMs.toFixed(0)} ms`;
}
