import type { FileHandle } from 'node:fs/promises';
import { LONGEST_LINE } from '../../data/lines.js';
import { InputError } from '../../errors.js';
import { GrowingNumbers } from './growing.js';

/** The positions of the records in a file: 16 bytes for each. */
export interface RecordIndex {
  /** The offset of each record in bytes, and the end of the file. */
  readonly begins: Float64Array;
  /** The line of each record, from 1. */
  readonly lines: Float64Array;
}

const CHUNK = 2 ** 20;
const [NEWLINE, SPACE, QUOTE] = [0x0a, 0x20, 0x22];
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/**
 * Finds the records of a file, which are its lines except empty ones. With quotes, a line end inside quotes does not end a record.
 *
 * @param source for messages
 * @throws InputError if a record has more than 64 MiB, or if quotes do not end
 */
export async function indexRecords(
  file: FileHandle,
  source: string,
  { quotes }: { readonly quotes: boolean },
): Promise<RecordIndex> {
  const begins = new GrowingNumbers();
  const lines = new GrowingNumbers();
  const chunk = Buffer.allocUnsafe(CHUNK);
  let [offset, line] = [0, 1];
  // The current record.
  let [begin, beginLine, hasContent, isOpen] = [0, 1, false, false];
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK, offset);
    if (bytesRead === 0) break;
    const bytes = chunk.subarray(0, bytesRead);
    let at = 0;
    if (offset === 0 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK)) at = BYTE_ORDER_MARK.length;
    for (; at < bytesRead; at++) {
      // Without quotes, once the line has content, only its end matters.
      if (hasContent && !quotes) {
        at = bytes.indexOf(NEWLINE, at);
        if (at === -1) break;
      }
      const byte = bytes[at] as number;
      if (byte === NEWLINE) {
        line++;
        if (isOpen) continue;
        if (hasContent) {
          begins.push(begin);
          lines.push(beginLine);
        }
        [begin, beginLine, hasContent] = [offset + at + 1, line, false];
      } else if (byte > SPACE) {
        hasContent = true;
        if (byte === QUOTE && quotes) isOpen = !isOpen;
      }
    }
    offset += bytesRead;
    if (offset - begin > LONGEST_LINE) {
      throw new InputError(
        `${source}:${beginLine}: the row has more than ${LONGEST_LINE / 2 ** 20} MiB${isOpen ? '; a quote begins in it and does not end' : ''}`,
      );
    }
  }
  if (isOpen) {
    throw new InputError(
      `${source}:${beginLine}: a quote begins in this row and does not end; the file may have been cut off`,
    );
  }
  if (hasContent) {
    begins.push(begin);
    lines.push(beginLine);
  }
  begins.push(offset);
  return { begins: begins.taken(), lines: lines.taken() };
}
