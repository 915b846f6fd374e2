import { sep } from 'node:path';
import { packageRoot } from '../../src/package-root.js';
import { quote } from '../shell.js';

/** How a case is judged again: the command that the user has, and the options that decide what is judged. */
export interface Repeat {
  readonly program: string;
  readonly options: string;
}

/** As npm runs it in a checkout, or as an installed package does. */
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

/** Makes the case anew. */
export function againLine(
  { repeat, seed }: { readonly repeat: Repeat; readonly seed: number },
  path: string,
): string {
  return [repeat.program, `--seed ${seed}`, repeat.options, `--path '${path}'`].filter(Boolean).join(' ');
}

/** Judges the saved case; what was recorded with it stands in for Python where it did before. */
export function replayLine(
  { repeat, golden }: { readonly repeat: Repeat; readonly golden: boolean },
  file: string,
): string {
  const recorded = golden ? '--golden' : '';
  return [repeat.program, repeat.options, recorded, `--replay ${quote(file)}`].filter(Boolean).join(' ');
}
