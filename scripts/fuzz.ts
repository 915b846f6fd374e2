/** Fuzzes the readers of model files: npm run fuzz -- --help */
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { tell } from '../src/cli/run.js';
import { openProgress } from '../src/progress.js';
import { type FuzzCommandOptions, fuzzCommand } from './fuzz/command.js';
import { renderJson, renderText, saveInput, type TargetResult } from './fuzz/report.js';
import { judge } from './fuzz/run.js';
import { superviseTarget } from './fuzz/supervise.js';
import { FUZZ_TARGETS } from './fuzz/targets.js';
import { exitOnSignals } from '../src/cli/exit-on-signals.js';

const FINDING = 1;
const WRONG_USE = 2;
/** Runs that one step of the bar stands for. */
const STEP = 1_000;

exitOnSignals();

async function run(options: FuzzCommandOptions): Promise<void> {
  if (options.replay !== undefined) return replay(options.replay, options.target);
  const results: TargetResult[] = [];
  for (const name of options.target) results.push(await runTarget(name, options));
  const render = options.json ? renderJson : renderText;
  process.stdout.write(render(options.seed, results));
  if (results.some(({ findings }) => findings.length > 0)) process.exitCode = FINDING;
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
    process.stderr.write('--replay reads one input: name its reader with --target\n');
    process.exitCode = WRONG_USE;
    return;
  }
  const what = judge(target, readFileSync(file));
  process.stdout.write(`${file}: ${what ?? 'is read, or refused, as it should be'}\n`);
  if (what !== undefined) process.exitCode = FINDING;
}

try {
  await fuzzCommand(run).exitOverride().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : WRONG_USE;
  else process.exitCode = tell(error);
}
