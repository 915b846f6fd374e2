import { counted, grouped } from '../counted.js';
import { STANDARD, sourceOf } from '../data/lines.js';
import type { InputCounts } from '../data/read-texts.js';

/** The outcome of an input. */
export interface InputSummary {
  /** Its path; undefined for texts of the command line. */
  readonly input: string | undefined;
  /** undefined if an input has no rows that could lack a text. */
  readonly counts?: InputCounts;
  readonly texts: number;
  /** The number of texts that were truncated. */
  readonly cut: number;
  readonly empty: number;
  /** Texts of an earlier run that this one resumed. */
  readonly resumed?: number;
  /** What was done with the texts. Default: "encoded". */
  readonly done?: string;
}

/** An input of embeddings, which are used directly. */
export interface StoredSummary {
  readonly input: string;
  readonly embeddings: number;
}

/** The outcome of a command. */
export interface Summary {
  readonly inputs: readonly (InputSummary | StoredSummary)[];
  /** In words. */
  readonly result?: string;
  /** The same and more for programs, by name. */
  readonly figures?: Readonly<Record<string, number>>;
  /** The path of the output; undefined for standard output. */
  readonly output?: string | undefined;
  /** A speed, in words. */
  readonly speed?: string;
  readonly seconds: number;
}

/** The last words of a command on standard error: what was read, truncated and written, and how long it took. */
export function tellSummary(summary: Summary, json: boolean | undefined): void {
  process.stderr.write(`${json === true ? JSON.stringify(forPrograms(summary)) : inWords(summary)}\n`);
}

/** The texts of a list in the form for a summary. */
export function summaryOf(
  texts: readonly string[],
  facts: Pick<InputSummary, 'input' | 'cut'> & Partial<InputSummary>,
): InputSummary {
  return { texts: texts.length, empty: texts.filter(isEmpty).length, ...facts };
}

export const isEmpty = (text: string): boolean => text.trim() === '';

/** The path, or undefined for standard output. */
export const fileOf = (path: string): string | undefined => (path === STANDARD ? undefined : path);

function forPrograms({ inputs, figures, output, seconds }: Summary): object {
  return {
    inputs: inputs.map((each) => ('embeddings' in each ? each : countsForPrograms(each))),
    output: output ?? null,
    seconds,
    ...figures,
  };
}

function countsForPrograms({ input, counts, texts, cut, empty, resumed = 0 }: InputSummary): object {
  const { rows, skipped } = counts ?? { rows: texts, skipped: 0 };
  return { input: input ?? null, rows, texts, cut, empty, skipped, resumed };
}

function inWords({ inputs, result, speed, output, seconds }: Summary): string {
  const named = inputs.length > 1;
  const lines = inputs.map((each) => {
    const words =
      'embeddings' in each ? `${counted(each.embeddings, 'embedding')} read` : countsInWords(each);
    return named ? `${nameOf(each)}: ${words}` : words;
  });
  const took = `${seconds.toFixed(1)} s${speed === undefined ? '' : ` (${speed})`}`;
  const last = [result ?? (named ? undefined : lines.pop()), took]
    .filter((part) => part !== undefined)
    .join(', ');
  return [...lines, output === undefined ? last : `${last}: ${output}`].join('\n');
}

const nameOf = ({ input }: InputSummary | StoredSummary): string =>
  input === undefined ? 'command line' : sourceOf(input);

function countsInWords({ counts, texts, cut, empty, resumed = 0, done = 'encoded' }: InputSummary): string {
  const kept = resumed === 0 ? '' : `, ${grouped(resumed)} of them by an earlier run`;
  const made = `${counted(texts, 'text')} ${done}${kept} (${grouped(cut)} cut, ${grouped(empty)} empty)`;
  if (counts === undefined) return made;
  return `${counted(counts.rows, 'row')} read, ${made}, ${counted(counts.skipped, 'row')} skipped`;
}
