import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { installTool, lastLine } from './programs/install-tool.js';
import { describeFailures, isSuccess, VitestReport } from './programs/vitest-report.js';

const VERSIONS = ['20', '22', '24', '26'] as const;
const EXIT = { failure: 1, usage: 2, environment: 3 } as const;

const root = fileURLToPath(new URL('..', import.meta.url));

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
function installNode(version: string): { binary: string } | { reason: string } {
  const tool = installTool('node', version);
  if ('reason' in tool) return tool;
  const binary = join(tool.folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const probe = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  if (probe.status !== 0) return { reason: `${binary} does not start: ${lastLine(probe.stderr)}` };
  return { binary };
}

function testOn(version: string, vitestArgs: readonly string[]): VersionResult {
  const node = installNode(version);
  if ('reason' in node) return { version, status: 'unavailable', reason: node.reason };
  const folder = mkdtempSync(join(tmpdir(), 'node-matrix-'));
  const output = join(folder, 'report.json');
  const start = performance.now();
  const run = spawnSync(
    node.binary,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--reporter=json',
      `--outputFile=${output}`,
      ...vitestArgs,
    ],
    // First in PATH too, for tests that start `node` themselves.
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, PATH: dirname(node.binary) + delimiter + process.env.PATH },
    },
  );
  const seconds = (performance.now() - start) / 1000;
  const report = existsSync(output)
    ? VitestReport.parse(JSON.parse(readFileSync(output, 'utf8')))
    : undefined;
  rmSync(folder, { recursive: true });
  const fullVersion = spawnSync(node.binary, ['--version'], { encoding: 'utf8' }).stdout.trim();
  const fine = run.status === 0 && report !== undefined && isSuccess(report);
  if (!fine)
    process.stderr.write(`Node ${version} failed:\n${report ? describeFailures(report) : run.stderr}\n`);
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
  const table = new Table({ head: ['Node', 'passed', 'failed', 'time'], style: { head: [], border: [] } });
  for (const result of results) {
    if (result.status === 'unavailable') table.push([result.version, { colSpan: 3, content: result.reason }]);
    else table.push([result.node, result.passed, result.failed, `${result.seconds.toFixed(1)} s`]);
  }
  return table.toString();
}

function parseVersions(text: string): string[] {
  const wanted = text.split(',').map((each) => each.trim());
  const unknown = wanted.find((each) => !VERSIONS.some((version) => version === each));
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is none of ${VERSIONS.join(', ')}`);
  return wanted;
}

function exitCode(results: readonly VersionResult[]): number {
  if (results.some(({ status }) => status === 'failed')) return EXIT.failure;
  return results.some(({ status }) => status === 'unavailable') ? EXIT.environment : 0;
}

const program = new Command('node-matrix')
  .description('Runs the test suite on each supported Node.')
  .option('--only <versions>', 'comma-separated major versions', parseVersions, [...VERSIONS])
  .option('--json', 'print JSON in place of the table', false)
  .argument('[filters...]', 'run only test files whose path contains one of these')
  .exitOverride()
  .action((filters: string[], options: { only: string[]; json: boolean }) => {
    const results = options.only.map((version) => {
      if (process.stderr.isTTY && !process.env.CI) process.stderr.write(`Node ${version} ...\n`);
      return testOn(version, filters);
    });
    const text = options.json ? JSON.stringify({ schemaVersion: 1, results }, null, 2) : render(results);
    process.stdout.write(`${text}\n`);
    process.exitCode = exitCode(results);
  });

try {
  program.parse();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage;
}
