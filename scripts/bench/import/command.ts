import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { packageRoot } from '../../../src/package-root.js';
import { subcommand } from '../../../src/shell/new-command.js';
import { lastLineOf } from '../../programs/answer-of.js';
import { MissingBuildError } from '../../programs/missing-build.js';
import { writeReport } from '../report.js';
import { median } from '../statistics.js';

interface Time {
  /** What is imported or run, as a user writes it. */
  readonly name: string;
  /** Medians of processes of their own; without the start of Node for an import. */
  readonly milliseconds: number;
  /** Resident memory that an import adds. */
  readonly megabytes?: number;
}

const MEASURE = `const memory = process.memoryUsage().rss;
const begin = performance.now();
await import(process.argv[1]);
console.log(JSON.stringify([performance.now() - begin, (process.memoryUsage().rss - memory) / 1e6]));`;

/**
 * How long each entry of the built package, and its largest dependency, takes to import, and how long the help of its
 * programs takes beside Node alone.
 */
export function addImport(parent: Command): void {
  subcommand(parent, 'import', {
    description:
      'Time and memory of importing each entry of the built package, time of the help of its programs.',
    examples: ['npm run build && npm run bench -- import'],
  })
    .option('--json <file>', 'also write the results as JSON')
    .option('--quick', 'fewer processes', false)
    .action(async ({ json, quick }: { json?: string; quick: boolean }) => {
      const results: Time[] = [];
      const note = ({ name, milliseconds, megabytes }: Time): void => {
        results.push({ name, milliseconds, ...(megabytes !== undefined && { megabytes }) });
        const memory = megabytes === undefined ? '' : `, ${megabytes.toFixed(0)} MB`;
        process.stdout.write(`${name}: ${milliseconds.toFixed(0)} ms${memory}\n`);
      };
      const processes = quick ? 3 : 11;
      for (const [name, file] of entries()) note(await importTime(name, file, processes));
      for (const time of await helpTimes(processes)) note(time);
      if (json !== undefined) writeReport(results, json);
    });
}

interface Manifest {
  readonly name: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

const root = packageRoot();
const require = createRequire(join(root, 'package.json'));
const { name: packageName, bin, exports } = require('./package.json') as Manifest;

function built(file: string): string {
  const path = join(root, file);
  if (!existsSync(path)) throw new MissingBuildError(path);
  return path;
}

function entries(): [name: string, file: string][] {
  const ours = Object.entries(exports).flatMap(([path, target]): [string, string][] =>
    typeof target === 'string' ? [] : [[packageName + path.slice(1), built(target.default)]],
  );
  return [...ours, ['@tensorflow/tfjs', require.resolve('@tensorflow/tfjs')]];
}

async function importTime(name: string, file: string, processes: number): Promise<Time> {
  const runs: [number, number][] = [];
  while (runs.length < processes) {
    const args = ['--input-type=module', '-e', MEASURE, pathToFileURL(file).href];
    runs.push(JSON.parse(await lastLineOf(process.execPath, args)) as [number, number]);
  }
  return {
    name,
    milliseconds: median(runs.map(([milliseconds]) => milliseconds)),
    megabytes: median(runs.map(([, megabytes]) => megabytes)),
  };
}

/** How long programs take to show their help, as they are installed, and Node to do nothing. */
async function helpTimes(processes: number): Promise<Time[]> {
  const programs = Object.entries(bin).map(
    ([name, file]) => [`${name} --help`, [built(file), '--help']] as const,
  );
  const times = [['node alone', ['-e', '0']] as const, ...programs].map(([name, args]) => ({
    name,
    args,
    took: [] as number[],
  }));
  // In turns, so that all see the same load.
  for (let run = 0; run < processes; run++) {
    for (const { args, took } of times) {
      const begin = performance.now();
      await lastLineOf(process.execPath, args);
      took.push(performance.now() - begin);
    }
  }
  return times.map(({ name, took }) => ({ name, milliseconds: median(took) }));
}
