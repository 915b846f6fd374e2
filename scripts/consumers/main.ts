/** Opens exported models in what takes them: npm run consumers -- --help */
import { mkdirSync } from 'node:fs';
import { CommanderError, InvalidArgumentError } from 'commander';
import { allTexts } from '../../src/data/all-texts.js';
import { EXIT, exitCodeOf } from '../../src/cli/exit-codes.js';
import { exitOnSignals } from '../../src/cli/exit-on-signals.js';
import { type ConsumersOptions, consumersCommand } from './command.js';
import { CONSUMERS, type ConsumerName } from './consumers.js';
import { type Expected, expectedOf } from './expected.js';
import { readExportedFolder } from './exported-folder.js';
import { exitCodeFor, renderRows } from './report.js';
import { TEXTS } from './texts.js';
import { type Row, tryConsumer } from './try-consumers.js';

async function main(names: readonly ConsumerName[], options: ConsumersOptions): Promise<void> {
  const { reference, screenshot, chromium } = options;
  const graphs = options.model.flatMap(readExportedFolder);
  const texts = options.texts === undefined ? TEXTS : (await allTexts(options.texts)).texts;
  if (screenshot !== undefined) mkdirSync(screenshot, { recursive: true });
  const trial = {
    texts,
    log,
    ...(screenshot !== undefined && { screenshot }),
    ...(chromium !== undefined && { chromium }),
  };
  const rows: Row[] = [];
  showProgress(`the encoder of ${reference}`);
  const expected = await expectedOf(reference, graphs, texts);
  for (const [index, graph] of graphs.entries()) {
    for (const name of names) {
      showProgress(`${name}: ${graph.folder}, ${graph.file}`);
      rows.push(await tryConsumer(name, CONSUMERS[name], expected[index] as Expected, { ...trial, graph }));
    }
  }
  showProgress('');
  const report = options.json ? JSON.stringify({ schemaVersion: 1, rows }, undefined, 2) : renderRows(rows);
  process.stdout.write(`${report}\n`);
  process.exitCode = exitCodeFor(rows);
}

function log(line: string): void {
  showProgress('');
  process.stderr.write(`${line}\n`);
}

function showProgress(text: string): void {
  if (process.stderr.isTTY && !process.env['CI']) process.stderr.write(`\r\u001B[K${text}`);
}

// Stays: a second signal, from whatever started this process, must not end the cleaning up.
exitOnSignals();

try {
  await consumersCommand(main).parseAsync();
} catch (error) {
  showProgress('');
  if (error instanceof CommanderError) {
    if (error instanceof InvalidArgumentError) process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.wrongUse;
  } else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
