import type { ReferenceVersions } from '../golden.js';
import type { ModelCellResult } from '../models/run-models.js';
import type { CellResult } from '../run-suite.js';

export interface KillSummary {
  readonly mutants: number;
  readonly killed: number;
  readonly equivalent: number;
  readonly survivors: readonly string[];
}

export interface ModelKillSummary {
  readonly mutants: number;
  readonly survivors: readonly string[];
}

export interface QuirkSummary {
  readonly id: string;
  /** Whether the reference still does it. */
  readonly still: boolean;
  readonly seen: string;
}

/** All that a run of the suite found; the terminal, JSON and JUnit reports are views of it. */
export interface SuiteReport {
  readonly seed: number;
  readonly backend: string;
  readonly golden: boolean;
  readonly tolerance: number;
  readonly reference: ReferenceVersions;
  readonly results: readonly CellResult[];
  readonly models: readonly ModelCellResult[];
  readonly summary: { readonly cases: number; readonly mismatches: number; readonly seconds: number };
  /** Files of failing cases, by path. */
  readonly saved: ReadonlyMap<string, string>;
  readonly kills?: KillSummary;
  readonly modelKills?: ModelKillSummary;
  readonly quirks?: readonly QuirkSummary[];
}

/** Whether anything was found that should not be. */
export function hasFinding({ summary, kills, modelKills, quirks }: SuiteReport): boolean {
  return (
    summary.mismatches > 0 ||
    (kills?.survivors.length ?? 0) > 0 ||
    (modelKills?.survivors.length ?? 0) > 0 ||
    (quirks?.some(({ still }) => !still) ?? false)
  );
}
