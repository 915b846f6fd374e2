/** Installs the packed package with every package manager, and bundles it: npm run installs -- --help */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Argument, Command, CommanderError } from 'commander';
import { packageRoot } from '../../parity/package-root.js';
import { EXIT } from '../../src/cli/exit-codes.js';
import { lastLine } from '../programs/install-tool.js';
import { BUNDLERS } from './bundlers.js';
import { MANAGERS } from './managers.js';
import { exitCodeFor, renderRows } from './report.js';
import type { Absent, Row } from './trial.js';
import { tryBundler } from './try-bundler.js';
import { tryManager } from './try-manager.js';

const NAMES = [...Object.keys(MANAGERS), ...Object.keys(BUNDLERS)];

const HELP = `
"As it is" is an install or a build without any setting, which depends on whether the hosts of install
scripts can be reached. Seconds and MB are those of the last try: node_modules, or what the bundler wrote.
The tools are kept in .cache/tools; each try downloads what the tool's own cache does not have.

Examples:
  $ npm run installs
  $ npm run installs -- npm10 pnpm12 esbuild --json

Exit codes: 0 everything works as documented, 1 something does not, 2 wrong use, 3 a tool is not on this
machine, 130 interrupted.`;

function pack(folder: string): string {
  const args = ['pack', '--pack-destination', folder];
  const { status, stderr } = spawnSync('npm', args, {
    cwd: packageRoot(),
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const [tarball] = readdirSync(folder);
  if (status !== 0 || tarball === undefined) throw new Error(`npm pack failed: ${lastLine(stderr)}`);
  return join(folder, tarball);
}

async function main(names: readonly string[], { json }: { json: boolean }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-packed-'));
  try {
    const tarball = pack(folder);
    const rows: (Row | Absent)[] = [];
    for (const name of names.length === 0 ? NAMES : names) {
      process.stderr.write(`${name} ...\n`);
      rows.push(name in MANAGERS ? tryManager(name, tarball) : await tryBundler(name, tarball));
    }
    process.stdout.write(`${json ? JSON.stringify({ rows }, undefined, 2) : renderRows(rows)}\n`);
    process.exitCode = exitCodeFor(rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.on('SIGINT', () => process.exit(EXIT.interrupted));

const command = new Command('installs')
  .description(
    'Installs the packed package with package managers, takes it up with bundlers, and encodes a text.',
  )
  .addArgument(new Argument('[names...]', 'what to try (default: all)').choices(NAMES))
  .option('--json', 'print JSON in place of the table', false)
  .addHelpText('after', HELP)
  .showSuggestionAfterError()
  .exitOverride()
  .action(main);

try {
  await command.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.wrongUse;
}
