import { sep } from 'node:path';
import { packageRoot } from '../../src/package-root.js';
import { quote } from '../shell.js';
import { REPORT_OPTIONS } from './report-files.js';

/** How to judge a case again: the user's command, and the options that determine what is judged. */
export interface Repeat {
  readonly program: string;
  readonly options: string;
}

/** The command as npm runs it in a checkout, or as an installed package provides it. */
export function parityProgram(root = packageRoot()): string {
  return root.split(sep).includes('node_modules') ? 'npx sparse-encoder-parity' : 'npm run parity --';
}

export function repeatOf(options: {
  readonly implementation?: string;
  readonly backend: string;
  readonly python?: string;
}): Repeat {
  const { implementation, backend, python } = options;
  const given = [
    ...(backend === 'cpu' ? [] : ['--backend', backend]),
    ...(implementation === undefined ? [] : ['--implementation', implementation]),
    ...(python === undefined ? [] : ['--python', python]),
  ];
  return { program: parityProgram(), options: given.map(quote).join(' ') };
}

/** Options that say where and how to report, which part of the run, and by how many processes. */
const REPORTING = [...Object.keys(REPORT_OPTIONS).map((name) => `--${name}`), '--shard', '--workers'];

/** The command of a run, without its reports, its shard and its workers. */
export function repeatCommand(args: readonly string[]): string {
  const kept = args.filter((word, index) => {
    const isValue = REPORTING.includes(args[index - 1] ?? '');
    return !isValue && word !== '--verbose' && !REPORTING.includes(word.replace(/=.*/s, ''));
  });
  return [parityProgram(), ...kept.map(quote)].join(' ');
}

/** The command that makes the case again. */
export function againLine(
  { repeat, seed }: { readonly repeat: Repeat; readonly seed: number },
  path: string,
): string {
  return [repeat.program, `--seed ${seed}`, repeat.options, `--path '${path}'`].filter(Boolean).join(' ');
}

/** The command that judges the saved case. Recorded results replace Python if they did before. */
export function replayLine(
  { repeat, golden }: { readonly repeat: Repeat; readonly golden: boolean },
  file: string,
): string {
  const recorded = golden ? '--golden' : '';
  return [repeat.program, repeat.options, recorded, `--replay ${quote(file)}`].filter(Boolean).join(' ');
}
