import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { subcommand } from '../../../src/shell/new-command.js';
import { answerOf } from '../../programs/answer-of.js';
import { modelFolder, realTexts } from '../encode/spec.js';
import { writeReport } from '../report.js';
import { ENCODERS, type LatencyCase, LatencyReport } from './spec.js';

interface LatencyOptions {
  json?: string;
  quick: boolean;
  model?: string;
}

/** How long encoding keeps its callers and their event loop waiting. It needs no reference for comparison. */
export function addLatency(parent: Command): void {
  subcommand(parent, 'latency', {
    description:
      'How long texts wait for their embeddings, and the longest block of the event loop meanwhile.',
    examples: ['npm run bench -- latency --quick'],
  })
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

/** Measures in a separate process. */
async function measured(asked: LatencyCase): Promise<LatencyReport> {
  return LatencyReport.parse(await answerOf(PROGRAM, { input: JSON.stringify(asked) }));
}

function inWords({ work, ms, blockMs }: LatencyReport[number]): string {
  return `  ${work.padEnd(32)} ${ms.toFixed(0).padStart(7)} ms, event loop blocked for at most ${blockMs.toFixed(0)} ms`;
}
