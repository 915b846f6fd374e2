import { leastColumns } from '../../src/losses/catalog.js';
import { LOSS_PARTS } from '../../src/losses/losses.js';
import type { CaseColumn, CaseTensor, ParityCase } from '../case.js';
import type { Cell } from '../suite.js';

/** A way to damage a case of at least three rows, so that both sides must refuse it. */
interface Damage {
  readonly what: string;
  readonly applies: (cell: Cell, spoiled: ParityCase) => boolean;
  readonly apply: (spoiled: ParityCase) => ParityCase;
}

const isBase = ({ loss }: Cell): boolean => !Object.hasOwn(LOSS_PARTS, loss);
const isOwn = ({ loss }: Cell): boolean => loss === 'LogisticMarginLoss';
const isLabelled = ({ format }: Cell): boolean => format.labels !== 'none';

const DAMAGES: readonly Damage[] = [
  {
    what: 'one column',
    applies: ({ format }, { columns }) =>
      leastColumns(format) > 1 && format.labels !== 'embedding' && columns.length > 1,
    apply: (one) => ({ ...one, columns: one.columns.slice(0, 1) }),
  },
  {
    what: 'a column too many',
    applies: ({ loss }) => loss === 'SparseTripletLoss' || loss === 'LogisticMarginLoss',
    apply: (one) => ({ ...one, columns: [...one.columns, ...one.columns.slice(0, 1)] }),
  },
  {
    what: 'labels missing',
    applies: isLabelled,
    apply: (one) => ({ ...one, labels: null }),
  },
  {
    what: 'a row of labels too few',
    applies: isLabelled,
    apply: (one) => ({ ...one, labels: one.labels && withoutLastRow(flatScores(one.labels)) }),
  },
  {
    what: 'columns of different widths',
    applies: (cell, { columns }) => isBase(cell) && columns.length > 1,
    apply: (one) => changeColumn(one, 1, narrower),
  },
  {
    what: 'columns of different lengths',
    applies: (cell, { columns }) => isBase(cell) && columns.length > 1,
    apply: (one) => changeColumn(one, 1, withoutLastRow),
  },
  {
    what: 'an unknown option',
    applies: (cell) => !isOwn(cell),
    apply: (one) => ({ ...one, lossOptions: { ...one.lossOptions, temperatur: 1 } }),
  },
  {
    what: 'an unknown wrapper option',
    applies: ({ wrapper }) => wrapper !== 'none',
    apply: (one) => ({ ...one, wrapperOptions: { ...one.wrapperOptions, regularizerWeight: 1 } }),
  },
  {
    what: 'a scale of zero',
    applies: ({ loss }) => loss === 'SparseMultipleNegativesRankingLoss',
    apply: (one) => ({ ...one, lossOptions: { ...one.lossOptions, scale: 0 } }),
  },
  {
    what: 'a direction without positive pairs in a softmax of its own',
    applies: ({ loss }) => loss === 'SparseMultipleNegativesRankingLoss',
    apply: (one) => ({
      ...one,
      lossOptions: { directions: ['query_to_doc', 'doc_to_doc'], partitionMode: 'per_direction' },
    }),
  },
  {
    what: 'an infinite temperature',
    applies: ({ loss }) => loss === 'SparseDistillKLDivLoss',
    apply: (one) => ({ ...one, lossOptions: { temperature: { number: 'Infinity' } } }),
  },
  {
    what: 'a teacher score that is NaN',
    applies: ({ loss }) => loss === 'SparseDistillKLDivLoss',
    apply: (one) => ({
      ...one,
      labels: one.labels && {
        ...one.labels,
        data: new Float32Array(one.labels.data.length).fill(Number.NaN),
      },
    }),
  },
  {
    what: 'a missing output of the auto-encoder',
    applies: ({ loss, wrapper }) => loss === 'CSRReconstructionLoss' || wrapper === 'CSRLoss',
    apply: (one) => changeColumn(one, 0, undefined, 'decodedEmbedding4k'),
  },
];

/** Every damaged form of a case that its cell can have. */
export function badInputs(cell: Cell, sound: ParityCase): ParityCase[] {
  return DAMAGES.filter(({ applies }) => applies(cell, sound)).map(({ what, apply }) => ({
    ...apply(sound),
    stratum: `bad-input: ${what}`,
  }));
}

function changeColumn(
  one: ParityCase,
  index: number,
  change: ((tensor: CaseTensor) => CaseTensor) | undefined,
  feature = 'sentenceEmbedding',
): ParityCase {
  const changed = (column: CaseColumn): CaseColumn =>
    Object.fromEntries(
      Object.entries(column).flatMap(([name, tensor]): [string, CaseTensor | null][] => {
        if (name !== feature || tensor === null) return [[name, tensor]];
        return change === undefined ? [] : [[name, change(tensor)]];
      }),
    );
  return { ...one, columns: one.columns.map((column, i) => (i === index ? changed(column) : column)) };
}

/** One number per row may have any shape, so only the count can be wrong. */
function flatScores(labels: CaseTensor): CaseTensor {
  const [first = 1, second = 1] = labels.shape;
  return labels.shape.length === 2 && (first === 1 || second === 1)
    ? { ...labels, shape: [labels.data.length] }
    : labels;
}

function withoutLastRow(tensor: CaseTensor): CaseTensor {
  const [rows = 1, ...rest] = tensor.shape;
  return {
    ...tensor,
    shape: [rows - 1, ...rest],
    data: tensor.data.slice(0, (tensor.data.length / rows) * (rows - 1)),
  };
}

function narrower(tensor: CaseTensor): CaseTensor {
  const [rows = 1, width = 1] = tensor.shape;
  const kept = Float32Array.from({ length: rows * (width - 1) }, (_, i) =>
    Number(tensor.data[Math.floor(i / (width - 1)) * width + (i % (width - 1))]),
  );
  return { ...tensor, shape: [rows, width - 1], data: kept };
}
