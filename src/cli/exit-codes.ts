/** The exit codes of every command of this package. */
export const EXIT = {
  fine: 0,
  finding: 1,
  wrongUse: 2,
  environment: 3,
  defect: 70,
  interrupted: 130,
  terminated: 143,
  hungUp: 129,
} as const;

/**
 * Errors by their names, since a command that failed early has not loaded their classes. Any other error is a defect of
 * ours and counts as a finding.
 */
const WRONG_USE: ReadonlySet<string> = new Set([
  'CaseFileError',
  'EmbeddingError',
  'InputError',
  'ModelFileError',
  'OptionError',
  'UsageError',
]);
const ENVIRONMENT: ReadonlySet<string> = new Set([
  'DownloadError',
  'EngineUnavailableError',
  'OutOfMemoryError',
  'ReferenceUnavailableError',
  'TokenizerUnavailableError',
  'WriteError',
]);
/** The system's codes for a full disk, a folder that may not be written, and their like. */
const ENVIRONMENT_CODES: ReadonlySet<unknown> = new Set([
  'EACCES',
  'EDQUOT',
  'EIO',
  'ENOSPC',
  'EPERM',
  'EROFS',
]);
const WRONG_USE_CODES: ReadonlySet<unknown> = new Set(['EISDIR', 'ENOENT', 'ENOTDIR']);

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Error)) return EXIT.finding;
  const { code } = error as { code?: unknown };
  if (ENVIRONMENT.has(error.name) || ENVIRONMENT_CODES.has(code)) return EXIT.environment;
  if (WRONG_USE.has(error.name) || WRONG_USE_CODES.has(code)) return EXIT.wrongUse;
  return EXIT.finding;
}
