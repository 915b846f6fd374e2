/** Fuzzes the readers of model files: npm run fuzz -- --help */
import { readFileSync } from 'node:fs';
import { UsageError } from '../src/errors.js';
import { openProgress } from '../src/progress.js';
import { EXIT } from '../src/shell/exit-codes.js';
import { runCommand } from '../src/shell/run-command.js';
import { type FuzzCommandOptions, fuzzCommand } from './fuzz/command.js';
import { renderJson, renderText, saveInput, type TargetResult } from './fuzz/report.js';
import { judge } from './fuzz/run.js';
import { superviseTarget } from './fuzz/supervise.js';
import { FUZZ_TARGETS } from './fuzz/targets.js';

/** Runs per step of the progress bar. */
const STEP = 1_000;

async function run(options: FuzzCommandOptions): Promise<void> {
  if (options.replay !== undefined) return replay(options.replay, options.target);
  const results: TargetResult[] = [];
  for (const name of options.target) results.push(await runTarget(name, options));
  const render = options.json ? renderJson : renderText;
  process.stdout.write(render(options.seed, results));
  if (results.some(({ findings }) => findings.length > 0)) process.exitCode = EXIT.finding;
}

async function runTarget(name: string, { seed, runs }: FuzzCommandOptions): Promise<TargetResult> {
  const target = FUZZ_TARGETS.find((row) => row.name === name);
  if (target === undefined) throw new RangeError(`there is no target ${name}`);
  const progress = openProgress(Math.ceil(runs / STEP));
  let shown = 0;
  const { findings, seconds } = await superviseTarget(name, { seed, runs }, (at) => {
    for (; shown < Math.floor(at / STEP); shown++) progress.advance(name);
  });
  progress.stop();
  return {
    target: name,
    runs,
    seconds,
    findings: findings.map((finding) => ({ ...finding, file: saveInput(target, finding) })),
  };
}

function replay(file: string, names: readonly string[]): void {
  const [target, ...others] = FUZZ_TARGETS.filter(({ name }) => names.includes(name));
  if (target === undefined || others.length > 0) {
    throw new UsageError('--replay reads one input; name its reader with --target');
  }
  const what = judge(target, readFileSync(file));
  process.stdout.write(`${file}: ${what ?? 'is read, or refused, as it should be'}\n`);
  if (what !== undefined) process.exitCode = EXIT.finding;
}

await runCommand(() => fuzzCommand(run));
