/** The harness as a library: judges this package, or your own port, by the same cases and policy. */
export { caseArbitrary } from './arbitraries/case-arbitrary.js';
export { STRATA, type Stratum, strataOf } from './arbitraries/strata.js';
export type { Reference, StartOptions } from '../src/python/bridge.js';
export type {
  CaseColumn,
  CaseOptions,
  CaseOutcome,
  CaseTensor,
  CaseWrapper,
  OptionValue,
  ParityCase,
} from './case.js';
export { type JudgedCase, loadCase, storeCase } from './case-file.js';
export { CaseFileError } from './stored-legs.js';
export {
  combineLegs,
  compareOutcomes,
  FLOOR_ULPS,
  type Mismatch,
  type MismatchKind,
  type ReferenceLegs,
  TOLERANCE,
  type Verdict,
} from './compare.js';
export { conditioningOf } from './conditioning.js';
export {
  ensureReferenceEnvironment,
  type EnvironmentOptions,
  findReferencePython,
} from '../src/python/environment.js';
export { ExchangeError, ReferenceCallError, ReferenceUnavailableError } from '../src/python/errors.js';
export { type Golden, type GoldenCase, goldenOf, loadGolden, type ReferenceVersions } from './golden.js';
export { type Implementation, OURS } from './implementation.js';
export type { LegsOrNot, NotChecked } from './judge-or-name.js';
export { type PlannedCase, planCell } from './plan.js';
export { checkQuirks, type Quirk, type QuirkReport, QUIRKS } from './quirks.js';
export { referenceLegs } from './reference-legs.js';
export { runCase } from './run-case.js';
export { type CellResult, type Failure, type Judge, runSuite, type SuiteRun } from './run-suite.js';
export { startReference } from './start-reference.js';
export { type Cell, cellName, selectCells, suiteCells } from './suite.js';
export { type CommandPort, command } from './functions/command-port.js';
export {
  type Budgets,
  defineParity,
  type FunctionResult,
  type Level,
  type Limit,
  type ParityConfig,
  type ReferenceSpec,
  type Subject,
  type Target,
  target,
} from './functions/define.js';
export {
  choice,
  type Drawn,
  type InputSpec,
  type InputSpecs,
  integer,
  list,
  matrix,
  record,
  sameAs,
  scalar,
  type Size,
  sizeOf,
  tensor,
  type TensorRules,
  text,
  vector,
} from './functions/input-spec.js';
export { type ModulePort, modulePort } from './functions/module-port.js';
export type { Dimensions } from './functions/sizes.js';
export { replayCase, type ReplayOptions } from './functions/replay.js';
