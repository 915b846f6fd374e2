import { oneLine, plainTable } from '../../src/shell/table.js';
import type { Area } from './areas.js';
import type { Attack } from './attack.js';
import type { Finding } from './messages.js';
import { HELD, type Outcome } from './supervise.js';

const MOST_TOLD = 5;
const LONGEST_OUTCOME = 14;
/** The columns after the first. */
const ALIGNED = ['left', 'right', 'left', 'right'] as const;

export interface Result extends Outcome, Pick<Attack, 'name' | 'what' | 'expects'> {
  readonly area: Area;
}

/** Areas without a single try: a run has shown nothing about them. */
export function idleAreas(areas: readonly Area[], results: readonly Result[]): readonly Area[] {
  return areas.filter((area) => !results.some((result) => result.area === area && result.tries > 0));
}

/** Whether an attack came through, or nothing was tried where something should have been. */
export function hasFinding(areas: readonly Area[], results: readonly Result[]): boolean {
  return (
    areas.length === 0 ||
    idleAreas(areas, results).length > 0 ||
    results.some(({ outcome, tries }) => outcome !== HELD || tries === 0)
  );
}

export function renderText(areas: readonly Area[], results: readonly Result[], seed: number): string {
  const rows = results.map(({ area, name, tries, outcome, peakMegabytes }) => [
    area,
    name,
    String(tries),
    oneLine(outcome, LONGEST_OUTCOME),
    peakMegabytes.toFixed(0),
  ]);
  const lines = [plainTable([['area', 'attack', 'tries', 'outcome', 'peak MB'], ...rows], ALIGNED)];
  for (const { area, name, expects, findings } of results) {
    if (findings.length === 0) continue;
    lines.push('', `${area}, ${name} (seed ${seed}); expected: ${expects}`);
    lines.push(...findings.slice(0, MOST_TOLD).map((finding) => renderFinding('', finding)));
    if (findings.length > MOST_TOLD) lines.push(`  and ${findings.length - MOST_TOLD} more`);
  }
  for (const area of idleAreas(areas, results)) lines.push('', `${area}: nothing was tried`);
  return `${lines.join('\n')}\n`;
}

/** @param where what the try belongs to, where no line above says it */
export const renderFinding = (where: string, { index, what }: Finding): string =>
  `${where === '' ? ' ' : `${where},`} try ${index}: ${what.replaceAll('\n', '\n    ')}`;

/** @param run its seed, and how many attacks it has not made yet */
export function renderJson(
  areas: readonly Area[],
  results: readonly Result[],
  { seed, left }: { readonly seed: number; readonly left: number },
): string {
  const held = results.filter(({ outcome, tries }) => outcome === HELD && tries > 0).length;
  const failed = results.length - held + idleAreas(areas, results).length;
  return `${JSON.stringify({ seed, summary: { held, failed, left }, attacks: results }, undefined, 2)}\n`;
}
