import { flag, type OptionRules, resolveOptions } from '../options.js';
import { aboveProgress } from '../progress-line.js';
import { sliceRows } from '../sparse/select-rows.js';
import { sparseSimilarity } from '../sparse/similarity.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { aColumn, equalColumns } from './columns.js';
import type { EvaluatedModel } from './evaluator.js';
import { commonRules, type EvaluatorOptions, type Measured, SparseEvaluator } from './sparse-evaluator.js';
import { sparsityOfBoth } from './sparsity-of-both.js';

export interface TranslationEvaluatorOptions extends EvaluatorOptions {
  readonly sourceSentences: readonly string[];
  /** Translations: text i is that of source i. */
  readonly targetSentences: readonly string[];
  /** Whether to print each source whose most similar target is a wrong one, to standard error. Default: false. */
  readonly printWrongMatches?: boolean;
}

type Settings = Required<TranslationEvaluatorOptions>;

const OWNER = 'SparseTranslationEvaluator';
const RULES: OptionRules<Settings> = {
  ...commonRules(16),
  sourceSentences: aColumn,
  targetSentences: aColumn,
  printWrongMatches: flag(false),
};

/** Rows of the matrix of similarities that are held at a time. */
const ROWS_AT_A_TIME = 256;

/** The most similar row of the other side, the first of equal ones. */
interface Match {
  readonly row: number;
  readonly similarity: number;
}

const NO_MATCH: Match = { row: -1, similarity: -Infinity };

/**
 * How often the translation of a sentence is its most similar one, by cosine: from source to target, from target to source,
 * and the mean of both. A different row with the same text counts as right.
 *
 *     const evaluator = new SparseTranslationEvaluator({ sourceSentences, targetSentences, name: 'en-de' });
 *     const metrics = await evaluator.evaluate(model);
 *     console.log(metrics['en-de_mean_accuracy']);
 *
 * @throws OptionError for columns that are empty, and for options that are unknown or of the wrong type
 * @throws InputError for columns of different length
 */
export class SparseTranslationEvaluator extends SparseEvaluator {
  readonly #sources: readonly string[];
  readonly #targets: readonly string[];
  readonly #printWrongMatches: boolean;

  constructor(options: TranslationEvaluatorOptions) {
    const resolved = resolveOptions<Settings>(OWNER, RULES, options);
    const { sourceSentences, targetSentences, printWrongMatches } = resolved;
    const columns = equalColumns(OWNER, { sourceSentences, targetSentences });
    super(OWNER, resolved);
    this.#sources = columns.sourceSentences;
    this.#targets = columns.targetSentences;
    this.#printWrongMatches = printWrongMatches;
  }

  protected override async measure(model: EvaluatedModel): Promise<Measured> {
    const sources = await model.encode(this.#sources, this.encodeOptions);
    const targets = await model.encode(this.#targets, this.encodeOptions);
    const { bySource, byTarget } = bestMatches(sources, targets);
    if (this.#printWrongMatches) this.#printWrong(bySource);
    const forward = shareOfRight(bySource, this.#targets);
    const back = shareOfRight(byTarget, this.#sources);
    return {
      measurements: [
        { key: 'src2trg_accuracy', value: forward },
        { key: 'trg2src_accuracy', value: back },
        { key: 'mean_accuracy', value: (forward + back) / 2 },
        ...this.sparsityOf('', sparsityOfBoth(sources, targets)),
      ],
      primary: { key: 'mean_accuracy' },
    };
  }

  #printWrong(bySource: readonly Match[]): void {
    const lines = bySource.flatMap(({ row, similarity }, source) =>
      this.#targets[row] === this.#targets[source]
        ? []
        : [
            `source ${source}: ${this.#sources[source]}`,
            `  most similar is target ${row} (${similarity.toFixed(4)}): ${this.#targets[row]}`,
            `  expected target ${source}: ${this.#targets[source]}`,
          ],
    );
    if (lines.length > 0) aboveProgress(() => console.warn(lines.join('\n')));
  }
}

function bestMatches(
  sources: SparseMatrix,
  targets: SparseMatrix,
): { readonly bySource: readonly Match[]; readonly byTarget: readonly Match[] } {
  const bySource: Match[] = Array.from({ length: sources.rows }, () => NO_MATCH);
  const byTarget: Match[] = Array.from({ length: targets.rows }, () => NO_MATCH);
  const offer = (matches: Match[], to: number, row: number, similarity: number): void => {
    if (similarity > (matches[to] as Match).similarity) matches[to] = { row, similarity };
  };
  for (let begin = 0; begin < sources.rows; begin += ROWS_AT_A_TIME) {
    const part = sliceRows(sources, begin, Math.min(sources.rows, begin + ROWS_AT_A_TIME));
    const similarities = sparseSimilarity('cosine', part, targets);
    for (let row = 0; row < part.rows; row++) {
      for (let target = 0; target < targets.rows; target++) {
        const similarity = similarities[row * targets.rows + target] as number;
        offer(bySource, begin + row, target, similarity);
        offer(byTarget, target, begin + row, similarity);
      }
    }
  }
  return { bySource, byTarget };
}

function shareOfRight(matches: readonly Match[], texts: readonly string[]): number {
  return matches.filter(({ row }, place) => texts[row] === texts[place]).length / matches.length;
}
