import { checkInput, noTexts } from './lines.js';
import { type InputCounts, type InputText, readTexts, type ReadTextsOptions } from './read-texts.js';

export interface AllTexts {
  /** At least one text. */
  readonly read: readonly InputText[];
  readonly texts: readonly string[];
  readonly counts: InputCounts;
}

/**
 * All texts of a file, which must fit into memory.
 *
 * @throws InputError as `readTexts`, and if the file does not exist or has no text
 */
export async function allTexts(
  path: string,
  options: Omit<ReadTextsOptions, 'counts'> = {},
): Promise<AllTexts> {
  if (options.lines === undefined) await checkInput(path);
  const counts = { rows: 0, skipped: 0 };
  const read: InputText[] = [];
  for await (const each of readTexts(path, { ...options, counts })) read.push(each);
  if (read.length === 0) throw noTexts(path);
  return { read, texts: read.map(({ text }) => text), counts };
}
