/**
 * Measures what the tolerance has to be: PyTorch in other orders of summation and with other numbers of threads, judged
 * by the parity policy as if it were a port: npm run calibrate -- [--python PATH] [--cases N] [--runs N] [--seed N]
 */
import { parseArgs } from 'node:util';
import { setEngine } from '../src/engine/set-engine.js';
import { startReference } from '../parity/python/bridge.js';
import { calibrate } from '../parity/calibrate.js';
import { DEFAULT_SEED } from '../parity/command.js';
import { FLOOR_ULPS, TOLERANCE } from '../parity/compare.js';
import { ensureReferenceEnvironment } from '../parity/python/environment.js';
import { openProgress } from '../src/progress.js';
import { formatRatio } from '../parity/report/ratio.js';
import { suiteCells } from '../parity/suite.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    cases: { type: 'string', default: '3' },
    runs: { type: 'string', default: '6' },
    seed: { type: 'string', default: String(DEFAULT_SEED) },
  },
});
const log = (line: string): void => void process.stderr.write(`${line}\n`);
const interpreter = await ensureReferenceEnvironment({
  log,
  ...(values.python === undefined ? {} : { python: values.python }),
});
await setEngine('cpu');
const reference = await startReference({ python: interpreter });
const progress = openProgress(suiteCells().length);
try {
  const { ratios, worst } = await calibrate({
    reference,
    seed: Number(values.seed),
    cases: Number(values.cases),
    runs: Number(values.runs),
    onCell: (cell) => progress.advance(cell),
  });
  progress.stop();
  if (ratios.length === 0) throw new Error('nothing was measured; --cases and --runs are numbers from 1');
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
} finally {
  progress.stop();
  await reference.stop();
}
