/** A page that shows the terms of a typed text, for an exported model: npm run build:page -- --help */
import { basename } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { EXIT, exitCodeOf } from '../src/cli/exit-codes.js';
import { exitOnSignals } from '../src/cli/exit-on-signals.js';
import { buildSite } from './consumers/browser/build-site.js';
import { serveFolder } from './consumers/browser/serve-folder.js';

interface Options {
  readonly model: string;
  readonly output: string;
  readonly serve?: number;
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 16) return value;
  throw new InvalidArgumentError('expected a port, or 0 for a free one.');
}

async function main({ model, output, serve }: Options): Promise<void> {
  await buildSite(model, output);
  process.stdout.write(
    `A page for ${basename(model)} is in ${output}; any server of static files can serve it.\n`,
  );
  if (serve === undefined) return;
  const { url } = await serveFolder(output, serve);
  process.stdout.write(`${url} (until Ctrl+C)\n`);
}

exitOnSignals();

try {
  await new Command('build:page')
    .description(
      'Writes a page that shows, as a text is typed, its terms by an exported model. It computes in the browser.',
    )
    .requiredOption('--model <folder>', 'an exported folder')
    .requiredOption('--output <folder>', 'where the page goes: a new folder, or an earlier page')
    .option('--serve <port>', 'serve it to this machine, with what threads need; 0 for a free port', port)
    .addHelpText(
      'after',
      `
Example:
  $ npm run build:page -- --model exported --output site --serve 8000

Exit codes: 0 written, 2 wrong use or bad input, 3 the disk, 130 interrupted.`,
    )
    .allowExcessArguments(false)
    .exitOverride()
    .action(main)
    .parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.wrongUse;
  } else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
