/** A page that shows the terms of a typed text, for an exported model: npm run build:page -- --help */
import { basename } from 'node:path';
import { countWithin } from '../src/options.js';
import { flag } from '../src/shell/flag.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { buildSite } from './consumers/browser/build-site.js';
import { serveFolder } from './consumers/browser/serve-folder.js';

const LAST_PORT = 2 ** 16 - 1;

interface Options {
  readonly model: string;
  readonly output: string;
  readonly serve?: number;
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

await runCommand(() =>
  newCommand('build:page', {
    description:
      'Writes a page that shows, as a text is typed, its terms by an exported model. It computes in the browser.',
    examples: ['npm run build:page -- --model exported --output site --serve 8000'],
    exitCodes: { fine: 'written', environment: 'the disk, or the port' },
  })
    .requiredOption('--model <folder>', 'an exported folder')
    .requiredOption('--output <folder>', 'where the page goes: a new folder, or an earlier page')
    .addOption(
      flag(
        '--serve <port>',
        'serve it to this machine, with what threads need; 0 for a free port',
        countWithin(0, LAST_PORT),
      ),
    )
    .action(main),
);
