import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from 'commander';
import { openProgress } from '../src/progress.js';
import { EXIT } from '../src/shell/exit-codes.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { plainTable } from '../src/shell/table.js';
import { tell } from '../src/shell/tell.js';
import { installTool, lastLine } from './programs/install-tool.js';
import { lastLines, runToEnd } from './programs/run-to-end.js';
import { describeFailures, isSuccess, VitestReport } from './programs/vitest-report.js';

const VERSIONS = ['20', '22', '24', '26'] as const;

const root = fileURLToPath(new URL('..', import.meta.url));
const VITEST = join(root, 'node_modules/vitest/vitest.mjs');

type VersionResult =
  | {
      version: string;
      status: 'passed' | 'failed';
      node: string;
      passed: number;
      failed: number;
      seconds: number;
    }
  | { version: string; status: 'unavailable'; reason: string };

/** The binary of that Node from the npm package `node`. */
async function installNode(version: string): Promise<{ binary: string } | { reason: string }> {
  const tool = await installTool('node', version);
  if ('reason' in tool) return tool;
  const binary = join(tool.folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const probe = await runToEnd(binary, ['--version']);
  if (probe.failure !== undefined) return { reason: `${binary} does not start: ${lastLine(probe.stderr)}` };
  return { binary };
}

async function testOn(version: string, vitestArgs: readonly string[]): Promise<VersionResult> {
  const node = await installNode(version);
  if ('reason' in node) return { version, status: 'unavailable', reason: node.reason };
  const folder = mkdtempSync(join(tmpdir(), 'node-matrix-'));
  const output = join(folder, 'report.json');
  const start = performance.now();
  const args = [VITEST, 'run', '--reporter=json', `--outputFile=${output}`, ...vitestArgs];
  // First in PATH too, for tests that start `node` themselves.
  const path = dirname(node.binary) + delimiter + process.env.PATH;
  const run = await runToEnd(node.binary, args, { cwd: root, env: { PATH: path } });
  const seconds = (performance.now() - start) / 1000;
  const report = existsSync(output)
    ? VitestReport.parse(JSON.parse(readFileSync(output, 'utf8')))
    : undefined;
  rmSync(folder, { recursive: true });
  const fullVersion = lastLines((await runToEnd(node.binary, ['--version'])).stdout, 1);
  const fine = run.failure === undefined && report !== undefined && isSuccess(report);
  if (!fine) tell(`Node ${version} failed:\n${report ? describeFailures(report) : run.stderr}`);
  return {
    version,
    status: fine ? 'passed' : 'failed',
    node: fullVersion,
    passed: report?.numPassedTests ?? 0,
    // A file that cannot be loaded fails the run without a failed test.
    failed: Math.max(report?.numFailedTests ?? 0, fine ? 0 : 1),
    seconds,
  };
}

function render(results: readonly VersionResult[]): string {
  const rows = results.map((result) =>
    result.status === 'unavailable'
      ? [result.version, result.reason]
      : [result.node, String(result.passed), String(result.failed), `${result.seconds.toFixed(1)} s`],
  );
  return plainTable([['Node', 'passed', 'failed', 'time'], ...rows]);
}

function parseVersions(text: string): string[] {
  const wanted = text.split(',').map((each) => each.trim());
  const unknown = wanted.find((each) => !VERSIONS.some((version) => version === each));
  if (unknown !== undefined) throw new InvalidArgumentError(`Allowed choices are ${VERSIONS.join(', ')}.`);
  return wanted;
}

function exitCode(results: readonly VersionResult[]): number {
  if (results.some(({ status }) => status === 'failed')) return EXIT.finding;
  return results.some(({ status }) => status === 'unavailable') ? EXIT.environment : EXIT.fine;
}

async function main(filters: string[], options: { only: string[]; json: boolean }): Promise<void> {
  const progress = openProgress(options.only.length);
  const results: VersionResult[] = [];
  for (const version of options.only) {
    progress.note(`Node ${version}`);
    results.push(await testOn(version, filters));
    progress.advance(`Node ${version}`);
  }
  progress.stop();
  const text = options.json ? JSON.stringify({ schemaVersion: 1, results }, null, 2) : render(results);
  process.stdout.write(`${text}\n`);
  process.exitCode = exitCode(results);
}

await runCommand(() =>
  newCommand('node-matrix', {
    description: 'Runs the test suite on each supported Node.',
    examples: ['npm run test:nodes', 'npm run test:nodes -- --only 20,22 src/sparse'],
    exitCodes: {
      fine: 'all passed',
      finding: 'a test failed',
      environment: 'a Node is not available',
    },
  })
    .option('--only <versions>', 'comma-separated major versions', parseVersions, [...VERSIONS])
    .option('--json', 'print JSON in place of the table', false)
    .argument('[filters...]', 'run only test files whose path contains one of these')
    .action(main),
);
