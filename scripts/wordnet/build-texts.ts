/** The part of the data set that depends only on WordNet: no Python, and the same bytes every time. */
import { findCandidates, type Candidate } from './candidates.js';
import type { Row } from './columns.js';
import { buildHierarchy } from './hierarchy.js';
import { readSynsets, wordnetFolder } from './synsets.js';
import { buildTextRows, type TextFileName } from './text-rows.js';

export interface TextData {
  readonly candidates: readonly Candidate[];
  readonly rows: Readonly<Record<TextFileName, readonly Row[]>>;
}

export function buildTexts(folder: string = wordnetFolder()): TextData {
  const synsets = readSynsets(folder);
  const hierarchy = buildHierarchy(synsets);
  const candidates = findCandidates(synsets.values(), hierarchy);
  return { candidates, rows: buildTextRows(candidates, hierarchy) };
}
