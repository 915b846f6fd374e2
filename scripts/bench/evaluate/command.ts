import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { z } from 'zod';
import { grouped } from '../../../src/counted.js';
import { countFrom } from '../../../src/options.js';
import { flag } from '../../../src/shell/flag.js';
import { subcommand } from '../../../src/shell/new-command.js';
import { alignedRows } from '../../../src/shell/table.js';
import { answerOf } from '../../programs/answer-of.js';
import { writeReport } from '../report.js';

interface EvaluateBenchOptions {
  json?: string;
  quick: boolean;
  queries: number;
}

const Measured = z.object({ seconds: z.number(), cpuSeconds: z.number(), peakMiB: z.number() });

const SIZES = [50_000, 200_000, 1_000_000];

/** Time and memory of the evaluation of retrieval by the size of the corpus. It needs no reference for comparison. */
export function addEvaluate(parent: Command): void {
  subcommand(parent, 'evaluate', {
    description:
      'Time and memory of evaluating retrieval on ready embeddings of up to a million documents, 100 terms each.',
    examples: ['npm run bench -- evaluate --quick'],
  })
    .option('--json <file>', 'also write the results as JSON')
    .option('--quick', 'only the two smaller sizes', false)
    .addOption(flag('--queries <n>', 'queries to search for', countFrom(1, 200)))
    .action(measureAll);
}

const PROGRAM = fileURLToPath(new URL('measure.ts', import.meta.url));

async function measureAll({ json, quick, queries }: EvaluateBenchOptions): Promise<void> {
  const results: Record<string, z.infer<typeof Measured>> = {};
  for (const documents of quick ? SIZES.slice(0, 2) : SIZES) {
    // In a separate process, whose memory nothing else has touched.
    const args = [String(documents), String(queries)];
    results[grouped(documents)] = Measured.parse(await answerOf(PROGRAM, { args }));
  }
  const rows = Object.entries(results).map(([documents, { seconds, cpuSeconds, peakMiB }]) => [
    documents,
    seconds.toFixed(1),
    cpuSeconds.toFixed(1),
    peakMiB.toFixed(0),
  ]);
  process.stdout.write(
    `${alignedRows([['documents', 'seconds', 'CPU s', 'peak MiB'], ...rows], 'right').join('\n')}\n`,
  );
  if (json !== undefined) writeReport(results, json);
}
