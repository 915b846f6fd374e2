import { mostColumns } from '../src/losses/catalog.js';
import { denseMatrix, draftRandom } from './arbitraries/draft.js';
import { type CaseColumn, floatTensor } from './case.js';
import type { PlannedCase } from './plan.js';
import { type RealBatch, REAL_FORMATS, type RealFormat, type RealTexts } from './real-texts.js';
import { type Cell, cellName } from './suite.js';

export const REAL_ROWS = 4;

/** Width of the dense embeddings that accompany a real sparse one: real texts have no auto-encoder here. */
const DENSE_WIDTH = 384;

/** The real texts in the format of a cell; a loss that does not take texts has none. */
function realFormat({ format }: Cell): RealFormat | undefined {
  const id = { 'own-triplet': 'triplet', matrix: 'embedding' }[format.id] ?? format.id;
  return REAL_FORMATS.find((known) => known === id);
}

/** A batch of real texts for a cell, with the default options of its loss. */
export function planRealTexts(cell: Cell, texts: RealTexts): PlannedCase[] {
  const format = realFormat(cell);
  if (format === undefined) return [];
  const batch = texts.batch(format, REAL_ROWS);
  const single = mostColumns(cell.format) === 1;
  const splade = single
    ? { documentRegularizerWeight: 3e-5, useDocumentRegularizerOnly: true }
    : { documentRegularizerWeight: 3e-5, queryRegularizerWeight: 5e-5 };
  const labels = cell.format.labels === 'none' ? undefined : batch.labels;
  return [
    {
      path: `${cellName(cell)}#real-text`,
      case: {
        loss: cell.loss,
        wrapper: cell.wrapper,
        format: cell.format.id,
        stratum: 'real-text',
        lossOptions: {},
        wrapperOptions: cell.wrapper.endsWith('SpladeLoss') ? splade : {},
        columns: columnsOf(cell, batch),
        labels: labels === undefined ? null : floatTensor([...labels.shape], labels.data),
      },
    },
  ];
}

function columnsOf({ wrapper }: Cell, { columns }: RealBatch): CaseColumn[] {
  const random = draftRandom(columns.length);
  const dense = () => floatTensor([REAL_ROWS, DENSE_WIDTH], denseMatrix(random, REAL_ROWS, DENSE_WIDTH));
  return columns.map(({ rows, dims, data }) => ({
    sentenceEmbedding: floatTensor([rows, dims], data),
    ...(wrapper === 'CSRLoss'
      ? {
          sentenceEmbeddingBackbone: dense(),
          decodedEmbeddingK: dense(),
          decodedEmbedding4k: dense(),
          decodedEmbeddingAux: dense(),
          decodedEmbeddingKPreBias: dense(),
        }
      : {}),
  }));
}
