/** Opens exported models in the software that accepts them: npm run consumers -- --help */
import { mkdirSync } from 'node:fs';
import { allTexts } from '../../src/data/all-texts.js';
import { openProgress } from '../../src/progress.js';
import { runCommand } from '../../src/shell/run-command.js';
import { tell } from '../../src/shell/tell.js';
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
    log: tell,
    ...(screenshot !== undefined && { screenshot }),
    ...(chromium !== undefined && { chromium }),
  };
  const rows: Row[] = [];
  const progress = openProgress(graphs.length * names.length);
  progress.note(`the encoder of ${reference}`);
  const expected = await expectedOf(reference, graphs, texts);
  for (const [index, graph] of graphs.entries()) {
    for (const name of names) {
      const what = `${name}: ${graph.folder}, ${graph.file}`;
      progress.note(what);
      rows.push(await tryConsumer(name, CONSUMERS[name], expected[index] as Expected, { ...trial, graph }));
      progress.advance(what);
    }
  }
  progress.stop();
  const report = options.json ? JSON.stringify({ schemaVersion: 1, rows }, undefined, 2) : renderRows(rows);
  process.stdout.write(`${report}\n`);
  process.exitCode = exitCodeFor(rows);
}

await runCommand(() => consumersCommand(main));
