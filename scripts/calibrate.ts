import { calibrate, type Calibration } from '../parity/calibrate.js';
import { DEFAULT_SEED } from '../parity/command.js';
import { FLOOR_ULPS, TOLERANCE } from '../parity/compare.js';
import { formatRatio } from '../parity/report/ratio.js';
import { startReference } from '../parity/start-reference.js';
import { suiteCells } from '../parity/suite.js';
/**
 * Measures the necessary tolerance: the parity policy judges PyTorch in other orders of summation and with other
 * numbers of threads as if it were a port: npm run calibrate -- --help
 */
import { setEngine } from '../src/engine/set-engine.js';
import { countFrom } from '../src/options.js';
import { openProgress } from '../src/progress.js';
import { flag } from '../src/shell/flag.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { type PythonOptions, pythonOption, referencePython, seedOption } from './programs/options.js';

interface Options extends PythonOptions {
  readonly seed: number;
  readonly cases: number;
  readonly runs: number;
}

async function main({ seed, cases, runs, ...options }: Options): Promise<void> {
  const interpreter = await referencePython(options);
  await setEngine('cpu');
  const reference = await startReference({ python: interpreter });
  const progress = openProgress(suiteCells().length);
  try {
    const onCell = (cell: string): void => progress.advance(cell);
    render(await calibrate({ reference, seed, cases, runs, onCell }));
  } finally {
    progress.stop();
    await reference.stop();
  }
}

function render({ ratios, worst }: Calibration): void {
  const quantile = (share: number): string => formatRatio(ratios[Math.ceil(share * ratios.length) - 1] ?? 0);
  const lines = [
    `${ratios.length} runs of PyTorch in float32 against its own float64, floor of ${FLOOR_ULPS} ulps`,
    ...[0.5, 0.9, 0.99, 0.999, 0.9999, 1].map(
      (share) => `  ${String(100 * share).padStart(6)} % up to ${quantile(share)}`,
    ),
    `tolerance in force: ${TOLERANCE}`,
    'largest:',
    ...worst.map(({ cell, stratum, ratio }) => `  ${formatRatio(ratio).padStart(6)}  ${cell} ${stratum}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

await runCommand(() =>
  newCommand('calibrate', {
    description:
      'Measures what the tolerance has to be: PyTorch in other orders of summation and with other numbers of threads, judged by the parity policy as if it were a port.',
    examples: ['npm run calibrate -- --cases 1 --runs 2'],
    exitCodes: { fine: 'measured', environment: 'the environment (Python)' },
  })
    .addOption(pythonOption())
    .addOption(flag('--cases <n>', 'cases for each cell and kind of data', countFrom(1, 3)))
    .addOption(flag('--runs <n>', 'runs of PyTorch for each case', countFrom(1, 6)))
    .addOption(seedOption('all generated data', DEFAULT_SEED))
    .action(main),
);
