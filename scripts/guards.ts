/** Trains short healthy and sick runs, and prints what the guards say of each: npm run guards -- --help */
import { writeTextWhole } from '../src/files/write-file.js';
import { setEngine, UsageError } from '../src/index.js';
import { openProgress } from '../src/progress.js';
import { EXIT } from '../src/shell/exit-codes.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { markdown } from './guards/report.js';
import { RUNS, STEPS } from './guards/runs.js';
import { type Outcome, watched } from './guards/watch.js';
import { buildModelData } from './models/data.js';

const ROWS = 20_000;

async function main({ only, json }: { readonly only?: string; readonly json?: string }): Promise<void> {
  const runs = RUNS.filter(({ name }) => only === undefined || name.includes(only));
  if (runs.length === 0) {
    const names = RUNS.map(({ name }) => `"${name}"`).join(', ');
    throw new UsageError(`no run has "${only}" in its name; there are ${names}`);
  }
  await setEngine('onnx');
  const pairs = buildModelData().pairs.slice(0, ROWS);
  const bar = openProgress(runs.length);
  const outcomes: Outcome[] = [];
  try {
    for (const run of runs) {
      bar.note(run.name);
      outcomes.push(await watched(run, pairs));
      bar.advance(run.name);
    }
  } finally {
    bar.stop();
  }
  process.stdout.write(markdown(runs, outcomes));
  const report = `${JSON.stringify({ steps: STEPS, runs: outcomes }, null, 2)}\n`;
  if (json !== undefined) await writeTextWhole(json, report);
  if (outcomes.some(({ isRight }) => !isRight)) process.exitCode = EXIT.finding;
}

await runCommand(() =>
  newCommand('guards', {
    description:
      "Trains short healthy and sick runs of the quickstart's backbone, and prints what the guards of the trainer say of each, as a table in Markdown: the figures nearest to a warning beside their limits.",
    examples: ['npm run guards', "npm run guards -- --only 'weight x 100' --json guards.json"],
    exitCodes: {
      fine: 'no warning of a healthy run, and the right one of each sick run in time',
      finding: 'a wrong or a missing warning',
    },
  })
    .option('--only <text>', 'only runs whose names contain this text')
    .option('--json <file>', 'also write the result as JSON')
    .action(main),
);
