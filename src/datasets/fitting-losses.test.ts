import { describe, expect, it } from 'vitest';
import {
  Loss,
  SpladeLoss,
  SparseCoSENTLoss,
  SparseMSELoss,
  SparseMultipleNegativesRankingLoss,
  SparseTripletLoss,
} from '../api/losses.js';
import { DATA_FORMATS } from '../losses/catalog.js';
import { setWarningHandler } from '../warnings.js';
import { checkLossFits, formatsForData, lossesForData } from './fitting-losses.js';
import type { LabelShape } from './labels.js';

const RANKING = 'SparseMultipleNegativesRankingLoss';
const model = { forward: (features: object) => features as never };

describe('the losses that take data', () => {
  it.each<[number, LabelShape | undefined, readonly string[]]>([
    [1, undefined, []],
    [2, undefined, [RANKING]],
    [3, undefined, [RANKING, 'SparseTripletLoss']],
    [5, undefined, [RANKING]],
    [1, [], []],
    [2, [], ['SparseCoSENTLoss', 'SparseAnglELoss', 'SparseCosineSimilarityLoss']],
    [3, [], ['SparseMarginMSELoss']],
    [3, [1], ['SparseMarginMSELoss', 'SparseMSELoss']],
    [3, [2], ['SparseMarginMSELoss', 'SparseDistillKLDivLoss', 'SparseMSELoss']],
    [6, [4], ['SparseMarginMSELoss', 'SparseMSELoss']],
    [6, [5], ['SparseMarginMSELoss', 'SparseDistillKLDivLoss', 'SparseMSELoss']],
    [1, [384], ['SparseMSELoss']],
    [2, [384], ['SparseMSELoss']],
    [2, [2, 384], ['SparseMSELoss']],
    [2, [3, 384], []],
  ])('of %d columns with labels %j', (columns, labelShape, losses) => {
    const found = lossesForData({ columns, labelShape });
    expect(found.toSorted()).toEqual(losses.toSorted());
  });

  it('are found for every format of the table', () => {
    const shapes: readonly LabelShape[] = [[], [1], [2], [3], [8], [1, 8], [2, 8], [3, 8]];
    const found = [1, 2, 3, 4].flatMap((columns) =>
      [undefined, ...shapes].flatMap((labelShape) =>
        formatsForData({ columns, labelShape }).map(({ id }) => id),
      ),
    );
    expect(new Set(found)).toEqual(new Set(DATA_FORMATS.map(({ id }) => id)));
  });
});

describe('a loss', () => {
  const splade = (loss: SparseTripletLoss) =>
    new SpladeLoss(model, { loss, documentRegularizerWeight: 1, queryRegularizerWeight: 1 });

  it('is rejected, and the error lists the losses that accept the data', () => {
    expect(() =>
      checkLossFits(splade(new SparseTripletLoss(model)), { columns: 2, labelShape: [] }, 'train.csv'),
    ).toThrow(
      'train.csv has 2 columns of texts with labels, one number each, which SparseTripletLoss does not take. ' +
        'It takes (anchor, positive, negative) with labels: none. ' +
        'This data fits SparseCoSENTLoss, SparseAnglELoss, SparseCosineSimilarityLoss.',
    );
    expect(() => checkLossFits(new SparseCoSENTLoss(model), { columns: 1, labelShape: [] }, 'x')).toThrow(
      'No loss takes this data; classTextsToTriplets makes triplets of it.',
    );
  });

  it('accepts every format in its table', () => {
    const told: string[] = [];
    const before = setWarningHandler((message) => void told.push(message));
    try {
      checkLossFits(splade(new SparseTripletLoss(model)), { columns: 3 }, 'x');
      checkLossFits(new SparseMSELoss(model), { columns: 1, labelShape: [8] }, 'x');
      expect(told).toEqual([]);
      checkLossFits(
        new SparseMultipleNegativesRankingLoss(model),
        { columns: 2, labelShape: [] },
        'train.csv',
      );
      expect(told).toEqual([`train.csv has labels, which ${RANKING} ignores.`]);
    } finally {
      setWarningHandler(before);
    }
  });

  it("accepts anything if it is a user's own loss", () => {
    class Own extends Loss {
      override forward(): never {
        throw new Error('not called');
      }
    }
    expect(() => checkLossFits(new Own(model), { columns: 9, labelShape: [7, 7] }, 'x')).not.toThrow();
  });
});
