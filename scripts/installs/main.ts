/** Installs the packed package with every package manager, and bundles it: npm run installs -- --help */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Argument } from 'commander';
import { packageRoot } from '../../src/package-root.js';
import { openProgress } from '../../src/progress.js';
import { wrapped } from '../../src/shell/help-text.js';
import { newCommand } from '../../src/shell/new-command.js';
import { runCommand } from '../../src/shell/run-command.js';
import { lastLine } from '../programs/install-tool.js';
import { runToEnd } from '../programs/run-to-end.js';
import { BUNDLERS } from './bundlers.js';
import { MANAGERS } from './managers.js';
import { exitCodeFor, renderRows } from './report.js';
import type { Absent, Row } from './trial.js';
import { tryBundler } from './try-bundler.js';
import { tryManager } from './try-manager.js';

const NAMES = [...Object.keys(MANAGERS), ...Object.keys(BUNDLERS)];

const NOTES = wrapped(
  '"As it is" is an install or a build without any setting, which depends on whether the hosts of install scripts can be reached. Seconds and MB are those of the last try: node_modules, or what the bundler wrote. The tools are kept in .cache/tools; each try downloads what the tool\'s own cache does not have.',
);

async function pack(folder: string): Promise<string> {
  const args = ['pack', '--pack-destination', folder];
  const { stderr, failure } = await runToEnd('npm', args, { cwd: packageRoot() });
  const [tarball] = readdirSync(folder);
  if (failure !== undefined || tarball === undefined) throw new Error(`npm pack failed: ${lastLine(stderr)}`);
  return join(folder, tarball);
}

async function main(names: readonly string[], { json }: { json: boolean }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-packed-'));
  try {
    const tarball = await pack(folder);
    const rows: (Row | Absent)[] = [];
    const chosen = names.length === 0 ? NAMES : names;
    const progress = openProgress(chosen.length);
    for (const name of chosen) {
      progress.note(name);
      rows.push(name in MANAGERS ? await tryManager(name, tarball) : await tryBundler(name, tarball));
      progress.advance(name);
    }
    progress.stop();
    process.stdout.write(`${json ? JSON.stringify({ rows }, undefined, 2) : renderRows(rows)}\n`);
    process.exitCode = exitCodeFor(rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await runCommand(() =>
  newCommand('installs', {
    description:
      'Installs the packed package with package managers, takes it up with bundlers, and encodes a text.',
    notes: NOTES,
    examples: ['npm run installs', 'npm run installs -- npm10 pnpm12 esbuild --json'],
    exitCodes: {
      fine: 'everything works as documented',
      finding: 'something does not',
      environment: 'a tool is not on this machine',
    },
  })
    .addArgument(new Argument('[names...]', 'what to try (default: all)').choices(NAMES))
    .option('--json', 'print JSON in place of the table', false)
    .action(main),
);
