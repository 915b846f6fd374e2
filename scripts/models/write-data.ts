import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildModelData } from './data.js';

/** Writes the data of the models as JSON lines into their folder; the bytes are the same every time. */
export function writeModelData(folder: string): void {
  const { pairs, queries, corpus, qrels, texts } = buildModelData();
  writeJsonLines(join(folder, 'pairs.jsonl'), pairs);
  writeJsonLines(join(folder, 'retrieval', 'queries.jsonl'), queries);
  writeJsonLines(join(folder, 'retrieval', 'corpus.jsonl'), corpus);
  writeJsonLines(join(folder, 'retrieval', 'qrels.jsonl'), qrels);
  writeJsonLines(join(folder, 'texts.jsonl'), texts);
}

function writeJsonLines(file: string, rows: readonly object[]): void {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}.tmp`;
  writeFileSync(unfinished, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  renameSync(unfinished, file);
}
