import { isAbsolute, relative, sep } from 'node:path';
import { counted } from '../../src/counted.js';
import type { ParityReport } from './parity-report.js';
import { problemsOf } from './verdict.js';

/** Something that a code review shows at a file. */
export interface Finding {
  readonly title: string;
  readonly message: string;
  /** The same for the same finding in a later run. */
  readonly key: string;
  /** The file in question, from the folder of the run. */
  readonly file: string | undefined;
}

/** The first failure of each target, and why the run fails besides them. */
export function findingsOf(report: ParityReport): Finding[] {
  const targets = [...new Set(report.failures.map(({ target }) => target))];
  const differing = targets.flatMap((target) => {
    const own = report.failures.filter((failure) => failure.target === target);
    return own.slice(0, 1).map(({ kind, path, tensor, message, again, source, file }): Finding => {
      const others = own.length === 1 ? '' : ` (${counted(own.length, 'case')} of ${target} differ)`;
      return {
        title: `${kind} mismatch: ${target}`,
        message: `${path}: ${message}${others}${again === null ? '' : `\n${again}`}`,
        key: [target, kind, tensor].join('\n'),
        file: fromHere(source ?? file),
      };
    });
  });
  const problems = problemsOf(report).map((problem) => ({
    title: report.title,
    message: problem,
    key: problem,
    file: undefined,
  }));
  const unchecked = report.unchecked
    .filter(({ broken }) => broken)
    .map(({ what, why }) => ({
      title: `not checked: ${what}`,
      message: why,
      key: `unchecked\n${what}`,
      file: undefined,
    }));
  return [...differing, ...problems, ...unchecked];
}

/** A path as code reviews have it: from the folder of the run, with slashes. */
function fromHere(file: string | null): string | undefined {
  if (file === null) return undefined;
  const path = isAbsolute(file) ? relative(process.cwd(), file) : file;
  return path.split(sep).join('/').replace(/^\.\//, '');
}
