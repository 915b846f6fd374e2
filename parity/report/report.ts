import type { ReferenceVersions } from '../golden.js';
import type { ModelCellResult } from '../models/run-models.js';
import type { ReplacedVerdict } from '../port/verdicts.js';
import type { CellResult } from '../run-suite.js';
import type { TrainingResult } from '../training/check.js';
import type { Repeat } from './repeat.js';

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

export interface TrainingKillSummary extends ModelKillSummary {
  readonly killed: number;
}

export interface QuirkSummary {
  readonly id: string;
  /** Whether the reference still does it. */
  readonly still: boolean;
  readonly seen: string;
}

/** A part of a run that could not be checked, since the reference failed on it. */
export interface Unchecked {
  /** The path of a case, a model or a training run. */
  readonly what: string;
  readonly why: string;
}

/** All findings of a run of the suite on one engine. */
export interface SuiteReport {
  readonly seed: number;
  readonly backend: string;
  readonly golden: boolean;
  readonly tolerance: number;
  readonly reference: ReferenceVersions;
  readonly results: readonly CellResult[];
  readonly models: readonly ModelCellResult[];
  readonly training: readonly TrainingResult[];
  readonly summary: { readonly cases: number; readonly mismatches: number; readonly seconds: number };
  /** Files of failing cases, by path. */
  readonly saved: ReadonlyMap<string, string>;
  readonly repeat: Repeat;
  /** The port that was judged. */
  readonly implementation?: {
    readonly path: string;
    readonly sha256: string;
    readonly replaced: readonly ReplacedVerdict[];
  };
  /** Models that should be compared but are not on this machine; `wanted` if they were requested by name or alone. */
  readonly absentModels: readonly { readonly name: string; readonly wanted: boolean }[];
  /** What the reference failed on. Such a run does not succeed. */
  readonly unchecked: readonly Unchecked[];
  readonly kills?: KillSummary;
  readonly modelKills?: ModelKillSummary;
  readonly trainingKills?: TrainingKillSummary;
  readonly quirks?: readonly QuirkSummary[];
}
