/** Compares the evaluators with the reference's: npm run evaluators -- --help */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setEngine } from '../src/index.js';
import { countFrom } from '../src/options.js';
import { EXIT } from '../src/shell/exit-codes.js';
import { flag } from '../src/shell/flag.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { plainTable } from '../src/shell/table.js';
import { worstOf } from '../src/testing/evaluator-answers.js';
import { setWarningHandler } from '../src/warnings.js';
import { compareFamilies, type FamilyMetrics } from './evaluators/families.js';
import { compareGenerated, type GeneratedResult } from './evaluators/generated.js';
import { type PythonOptions, pythonOption, referencePython } from './programs/options.js';

interface Options extends PythonOptions {
  readonly trained?: boolean;
  readonly steps: number;
}

const STEPS = 100;
/** The rounding of the reference's float32 scores. */
const ALLOWED = 2e-6;
/** Embeddings of both sides differ by rounding, which may exchange documents whose scores are nearly equal. */
const ALLOWED_TRAINED = 2e-3;

async function main({ trained, steps, python }: Options): Promise<void> {
  const interpreter = await referencePython({ ...(python !== undefined && { python }) });
  await setEngine('onnx');
  if (trained !== true) {
    // Correlations of equal scores are not numbers, and evaluators warn of them.
    setWarningHandler(() => undefined);
    const results = await compareGenerated(interpreter);
    process.stdout.write(`${generatedTable(results)}\n`);
    if (results.some(({ worst }) => !(worst <= ALLOWED))) process.exitCode = EXIT.finding;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-evaluators-'));
  try {
    const families = await compareFamilies({ python: interpreter, steps, folder });
    process.stdout.write(`${familiesTable(families)}\n`);
    if (families.some((each) => !(worstMetric(each) <= ALLOWED_TRAINED))) process.exitCode = EXIT.finding;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const generatedTable = (results: readonly GeneratedResult[]): string =>
  plainTable([
    ['evaluator', 'cases', 'with ties', 'worst difference'],
    ...results.map(({ evaluator, cases, withTies, worst }) => [
      evaluator,
      String(cases),
      withTies === null ? '-' : String(withTies),
      worst.toExponential(1),
    ]),
    [
      'all',
      String(results.reduce((sum, { cases }) => sum + cases, 0)),
      '',
      worstIn(results).toExponential(1),
    ],
  ]);

const worstIn = (results: readonly GeneratedResult[]): number =>
  Math.max(...results.map(({ worst }) => worst));

const worstMetric = ({ ours, theirs }: FamilyMetrics): number => worstOf(ours, theirs, true);

const SHOWN = {
  'nDCG@10': 'dot_ndcg@10',
  'MRR@10': 'dot_mrr@10',
  'MAP@100': 'dot_map@100',
  'recall@100': 'dot_recall@100',
  'query dims': 'query_active_dims',
  'doc dims': 'corpus_active_dims',
  FLOPs: 'avg_flops',
} as const;

const familiesTable = (families: readonly FamilyMetrics[]): string =>
  plainTable([
    ['model', 'by', ...Object.keys(SHOWN), 'largest difference'],
    ...families.flatMap((each) => {
      const cells = (metrics: FamilyMetrics['ours']): string[] =>
        Object.values(SHOWN).map((key) => (metrics[key] ?? Number.NaN).toFixed(4));
      return [
        [each.family, 'evaluate', ...cells(each.ours), ''],
        ['', 'reference', ...cells(each.theirs), worstMetric(each).toExponential(1)],
      ];
    }),
  ]);

await runCommand(() =>
  newCommand('evaluators', {
    description:
      "Compares the evaluators with the reference's, on generated embeddings with ties, or on trained models.",
    notes:
      'Generated cases are those of the tests. With --trained, a SPLADE, a CSR and an\ninference-free model are trained for a short time, and evaluated on WordNet by\nsparse-encoder evaluate and by sentence-transformers.',
    examples: ['npm run evaluators', 'npm run evaluators -- --trained'],
    exitCodes: { finding: 'a difference beyond rounding', environment: 'the environment (Python)' },
  })
    .option('--trained', 'compare on trained models')
    .addOption(flag('--steps <n>', 'steps of each training', countFrom(1, STEPS)))
    .addOption(pythonOption())
    .action(main),
);
