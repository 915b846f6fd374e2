import type { ParityCase } from '../case.js';
import { type Implementation, OURS } from '../implementation.js';
import {
  defaulting,
  type LossClass,
  type Mutant,
  type NamedFunction,
  ownLoss,
  type Topic,
} from './mutant.js';

interface Default {
  readonly loss: string;
  readonly option: string;
  readonly function: string;
}

/** Where a function is used although no option names it. */
const DEFAULTS: readonly Default[] = [
  { loss: 'SparseMultipleNegativesRankingLoss', option: 'similarityFct', function: 'dotScore' },
  { loss: 'SparseCoSENTLoss', option: 'similarityFct', function: 'pairwiseCosSim' },
  { loss: 'SparseMarginMSELoss', option: 'similarityFct', function: 'pairwiseDotScore' },
  { loss: 'SparseDistillKLDivLoss', option: 'similarityFct', function: 'pairwiseDotScore' },
  { loss: 'SparseTripletLoss', option: 'distanceMetric', function: 'TripletDistanceMetric.EUCLIDEAN' },
  { loss: 'SparseCosineSimilarityLoss', option: 'lossFct', function: 'meanSquaredError' },
];

export interface WrongFunction {
  readonly what: string;
  readonly wrong: NamedFunction;
  readonly equivalent?: string;
}

/**
 * Mutants of a named function, wherever an option or a default uses it. `right` is its restatement, if there is one.
 */
export function functionMutants(
  name: string,
  right: NamedFunction | undefined,
  table: Readonly<Record<string, WrongFunction>>,
): Topic {
  const mutant = (id: string, what: string, wrong: NamedFunction): Mutant => ({
    id: `${name}/${id}`,
    loss: name,
    what,
    implementation: withFunction(name, wrong),
    cells: (testCase) => uses(testCase, name),
  });
  return {
    mutants: Object.entries(table).map(([id, { what, wrong, equivalent }]) => ({
      ...mutant(id, what, wrong),
      ...(equivalent === undefined ? {} : { equivalent }),
    })),
    controls: right === undefined ? [] : [mutant('restated', 'nothing is wrong', right)],
  };
}

function uses({ loss, lossOptions, stratum }: ParityCase, name: string): boolean {
  if (stratum.startsWith('bad-input')) return false;
  if (name === 'pairwiseAngleSim' && loss === 'SparseAnglELoss') return true;
  return (
    Object.values(lossOptions).includes(name) ||
    DEFAULTS.some(
      (one) => one.function === name && one.loss === loss && lossOptions[one.option] === undefined,
    )
  );
}

function withFunction(name: string, wrong: NamedFunction): Implementation {
  const losses: Record<string, LossClass> = { ...OURS.losses };
  for (const { loss, option } of DEFAULTS.filter((one) => one.function === name)) {
    losses[loss] = defaulting(ownLoss(loss), option, wrong);
  }
  if (name === 'pairwiseAngleSim') {
    // AnglE is CoSENT with this similarity, and has no option for it.
    losses['SparseAnglELoss'] = defaulting(ownLoss('SparseCoSENTLoss'), 'similarityFct', wrong);
  }
  return { losses, functions: { ...OURS.functions, [name]: wrong } };
}
