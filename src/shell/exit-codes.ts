import type { ErrorKind } from '../errors.js';
import { wrapped } from './help-text.js';

/** The exit codes of every command of this package. */
export const EXIT = {
  fine: 0,
  finding: 1,
  wrongUse: 2,
  environment: 3,
  defect: 70,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

/** The signals that end a command after it has cleaned up. */
export const SIGNALS = { SIGHUP: EXIT.hungUp, SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;

const CODES: Readonly<Record<ErrorKind, number>> = {
  finding: EXIT.finding,
  usage: EXIT.wrongUse,
  input: EXIT.wrongUse,
  environment: EXIT.environment,
};

/** Kinds of system errors by code: a full disk, a folder without write permission, a missing file. */
const SYSTEM: ReadonlyMap<unknown, ErrorKind> = new Map([
  ...['EACCES', 'EDQUOT', 'EIO', 'ENOSPC', 'EPERM', 'EROFS'].map((code) => [code, 'environment'] as const),
  ...['EISDIR', 'ENOENT', 'ENOTDIR'].map((code) => [code, 'input'] as const),
]);

/** The kind of an error; undefined for a bug in this package. */
export function kindOf(error: unknown): ErrorKind | undefined {
  if (!(error instanceof Error)) return undefined;
  const { kind, code } = error as { kind?: unknown; code?: unknown };
  return isKind(kind) ? kind : SYSTEM.get(code);
}

const isKind = (kind: unknown): kind is ErrorKind => typeof kind === 'string' && Object.hasOwn(CODES, kind);

export const exitCodeOf = (kind: ErrorKind | undefined): number =>
  kind === undefined ? EXIT.defect : CODES[kind];

/** The meanings of a command's exit codes that go beyond the table. */
export interface ExitMeanings {
  readonly fine?: string;
  readonly finding?: string;
  readonly environment?: string;
}

/** The last lines of a command's help. */
export function exitCodesText({
  fine = 'fine',
  finding = 'a finding',
  environment = 'the environment (engine, network, disk)',
}: ExitMeanings = {}): string {
  const meanings = {
    [EXIT.fine]: fine,
    [EXIT.finding]: finding,
    [EXIT.wrongUse]: 'wrong use or bad input',
    [EXIT.environment]: environment,
    [EXIT.defect]: 'a fault of this program',
    [EXIT.interrupted]: 'interrupted',
  };
  const between = Object.values(meanings).some((each) => each.includes(',')) ? '; ' : ', ';
  return wrapped(
    `Exit codes: ${Object.entries(meanings)
      .map(([code, meaning]) => `${code} ${meaning}`)
      .join(between)}.`,
  );
}
