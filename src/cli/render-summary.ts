import { STANDARD } from '../data/lines.js';
import { counted, grouped } from './table.js';

/** What became of an input. */
export interface InputSummary {
  readonly rows: number;
  readonly skipped: number;
  readonly texts: number;
  readonly cut: number;
  readonly empty: number;
  /** Texts of an earlier run, which this one went on with. */
  readonly resumed: number;
}

export interface EncodeSummary extends InputSummary {
  /** Active dimensions, of all texts together. */
  readonly entries: number;
  readonly seconds: number;
}

/** A line of JSON, or two lines for people. */
export function renderSummary(summary: EncodeSummary, output: string, json: boolean): string {
  const { rows, skipped, texts, cut, empty, entries, resumed, seconds } = summary;
  const activeDims = texts === 0 ? 0 : entries / texts;
  const textsPerSecond = (texts - resumed) / seconds;
  if (json) {
    const counts = { rows, texts, cut, empty, skipped, resumed };
    return JSON.stringify({ output, ...counts, seconds, textsPerSecond, activeDims });
  }
  const to = output === STANDARD ? '' : `: ${output}`;
  return `${renderCounts(summary)}
${activeDims.toFixed(1)} active dimensions a text, ${seconds.toFixed(1)} s (${textsPerSecond.toFixed(0)} texts a second)${to}`;
}

export function renderCounts({ rows, texts, resumed, cut, empty, skipped }: InputSummary): string {
  const kept = resumed === 0 ? '' : `, ${grouped(resumed)} of them by an earlier run`;
  return `${counted(rows, 'row')} read, ${counted(texts, 'text')} encoded${kept} (${grouped(cut)} cut, ${grouped(empty)} empty), ${counted(skipped, 'row')} skipped`;
}
