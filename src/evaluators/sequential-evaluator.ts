import { aCall, checkArguments, isObject, listOf } from '../arguments.js';
import { warn } from '../warnings.js';
import type { EvaluatedModel, EvaluateOptions, Evaluator } from './evaluator.js';

const isEvaluator = (value: unknown): boolean =>
  isObject(value) && 'evaluate' in value && typeof value.evaluate === 'function' && 'primaryMetric' in value;

const AN_EVALUATOR = 'an object { primaryMetric, evaluate(model, options) }';

export const anEvaluator = { expects: `an evaluator, ${AN_EVALUATOR}`, accepts: isEvaluator };

const EVALUATORS = listOf(`a list of evaluators, each ${AN_EVALUATOR}`, isEvaluator);

const SCORE = 'sequential_score';

/**
 * Evaluates a model with several evaluators, one after another. The result has the metrics of all of them, and
 * `sequential_score`, which compares models: by default the primary metric of the last evaluator.
 */
export class SequentialEvaluator implements Evaluator {
  readonly primaryMetric = SCORE;
  readonly evaluators: readonly Evaluator[];
  readonly #mainScore: (scores: readonly number[]) => number;

  /**
   * @param mainScoreFunction makes the score from the primary metrics; without evaluators the score is 0
   * @throws InputError if `evaluators` is not a list of evaluators
   */
  constructor(
    evaluators: readonly Evaluator[],
    mainScoreFunction: (scores: readonly number[]) => number = (scores) => scores.at(-1) ?? 0,
  ) {
    checkArguments(
      'SequentialEvaluator',
      { evaluators: EVALUATORS, mainScoreFunction: aCall },
      { evaluators, mainScoreFunction },
    );
    this.evaluators = [...evaluators];
    this.#mainScore = mainScoreFunction;
  }

  /** Whether a higher score is better: as for the last evaluator. */
  get greaterIsBetter(): boolean {
    return this.evaluators.at(-1)?.greaterIsBetter ?? true;
  }

  /** @throws as the evaluators */
  async evaluate(model: EvaluatedModel, options: EvaluateOptions = {}): Promise<Record<string, number>> {
    const metrics: Record<string, number> = {};
    const scores: number[] = [];
    for (const evaluator of this.evaluators) {
      const own = await evaluator.evaluate(model, options);
      for (const [key, value] of Object.entries(own)) {
        if (key in metrics) {
          warn(`several evaluators have a metric ${key}, the last of which is kept; name them`);
        }
        metrics[key] = value;
      }
      const [first = ''] = Object.keys(own);
      scores.push(own[evaluator.primaryMetric ?? first] ?? Number.NaN);
    }
    metrics[SCORE] = scores.length === 0 ? 0 : this.#mainScore(scores);
    return metrics;
  }
}
