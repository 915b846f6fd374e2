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

interface ImportTime {
  /** What is imported, as a user writes it. */
  readonly name: string;
  /** Medians of processes of their own, without the start of Node. */
  readonly milliseconds: number;
  /** Resident memory that the import adds. */
  readonly megabytes: number;
}

const MEASURE = `const memory = process.memoryUsage().rss;
const begin = performance.now();
await import(process.argv[1]);
console.log(JSON.stringify([performance.now() - begin, (process.memoryUsage().rss - memory) / 1e6]));`;

/** How long each entry of the built package, and its largest dependency, takes to import. */
export function addImport(parent: Command): void {
  subcommand(parent, 'import', {
    description: 'Time and memory that importing each entry of the built package takes.',
    examples: ['npm run build && npm run bench -- import'],
  })
    .option('--json <file>', 'also write the results as JSON')
    .option('--quick', 'fewer processes', false)
    .action(async ({ json, quick }: { json?: string; quick: boolean }) => {
      const results: ImportTime[] = [];
      for (const [name, file] of entries()) {
        const result = await measured(name, file, quick ? 3 : 11);
        results.push(result);
        const { milliseconds, megabytes } = result;
        process.stdout.write(`${name}: ${milliseconds.toFixed(0)} ms, ${megabytes.toFixed(0)} MB\n`);
      }
      if (json !== undefined) writeReport(results, json);
    });
}

function entries(): [name: string, file: string][] {
  const root = packageRoot();
  const require = createRequire(join(root, 'package.json'));
  const { name, exports } = require('./package.json') as {
    name: string;
    exports: Record<string, string | { default: string }>;
  };
  const ours = Object.entries(exports).flatMap(([path, target]): [string, string][] =>
    typeof target === 'string' ? [] : [[name + path.slice(1), join(root, target.default)]],
  );
  const missing = ours.find(([, file]) => !existsSync(file));
  if (missing !== undefined) throw new MissingBuildError(missing[1]);
  return [...ours, ['@tensorflow/tfjs', require.resolve('@tensorflow/tfjs')]];
}

async function measured(name: string, file: string, processes: number): Promise<ImportTime> {
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
