/** Compares the evaluators with the reference's: npm run evaluators -- --help */
import { setEngine } from '../src/index.js';
import { EXIT } from '../src/shell/exit-codes.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { plainTable } from '../src/shell/table.js';
import { setWarningHandler } from '../src/warnings.js';
import { compareGenerated, type GeneratedResult } from './evaluators/generated.js';
import { type PythonOptions, pythonOption, referencePython } from './programs/options.js';

/** The rounding of the reference's float32 scores. */
const ALLOWED = 2e-6;

async function main(options: PythonOptions): Promise<void> {
  const interpreter = await referencePython(options);
  await setEngine('onnx');
  // Correlations of equal scores are not numbers, and evaluators warn of them.
  setWarningHandler(() => undefined);
  const results = await compareGenerated(interpreter);
  process.stdout.write(`${generatedTable(results)}\n`);
  if (!(worstIn(results) <= ALLOWED)) process.exitCode = EXIT.finding;
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

await runCommand(() =>
  newCommand('evaluators', {
    description: "Compares the evaluators with the reference's, on generated embeddings with ties.",
    notes: 'The cases are those of the tests.',
    examples: ['npm run evaluators'],
    exitCodes: { finding: 'a difference beyond rounding', environment: 'the environment (Python)' },
  })
    .addOption(pythonOption())
    .action(main),
);
