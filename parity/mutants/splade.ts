import {
  type EmbeddingColumns,
  type EmbeddingModel,
  lossComponents,
  type Regularizer,
  SpladeLoss,
  type SpladeLossOptions,
} from '../../src/api/losses.js';
import { tf } from '../../src/tf.js';
import { type LossClass, lossMutant, stepwise, type Topic } from './mutant.js';

interface Steps {
  readonly documents: (columns: EmbeddingColumns, loss: SpladeLoss) => EmbeddingColumns;
  readonly queries: (columns: EmbeddingColumns) => tf.Tensor2D | undefined;
  readonly regularizeDocuments: (regularizer: Regularizer, documents: EmbeddingColumns) => tf.Scalar;
  readonly weights: (loss: SpladeLoss) => readonly [document: number, query: number | null];
  readonly names: readonly [base: string, document: string, query: string];
  readonly order: (components: [string, tf.Scalar][]) => [string, tf.Scalar][];
}

const below = (columns: EmbeddingColumns): tf.Tensor2D => tf.concat2d([...columns], 0);

const RIGHT: Steps = {
  documents: (columns, loss) => (loss.useDocumentRegularizerOnly ? columns : columns.slice(1)),
  queries: (columns) => columns[0],
  regularizeDocuments: (regularizer, documents) => regularizer.computeLossFromEmbeddings(below(documents)),
  weights: (loss) => [loss.documentRegularizerWeight, loss.queryRegularizerWeight],
  names: ['base_loss', 'document_regularizer_loss', 'query_regularizer_loss'],
  order: (components) => components,
};

function restate(wrong: Partial<Steps>): LossClass {
  const steps = { ...RIGHT, ...wrong };
  const [baseName, documentName, queryName] = steps.names;
  return class extends SpladeLoss {
    protected override componentsOf(
      columns: EmbeddingColumns,
      labels?: tf.Tensor,
    ): Record<string, tf.Scalar> {
      const { base_loss: base, ...more } = lossComponents(
        this.loss.computeLossFromEmbeddings(columns, labels),
      );
      const components: [string, tf.Scalar][] = Object.entries({
        ...(base === undefined ? {} : { [baseName]: base }),
        ...more,
      });
      const [documentWeight, queryWeight] = steps.weights(this);
      const documents = steps.documents(columns, this);
      components.push([
        documentName,
        steps.regularizeDocuments(this.documentRegularizer, documents).mul(documentWeight),
      ]);
      const queries = steps.queries(columns);
      if (queryWeight !== null && this.queryRegularizer !== null && queries !== undefined) {
        components.push([
          queryName,
          this.queryRegularizer.computeLossFromEmbeddings(queries).mul(queryWeight),
        ]);
      }
      return Object.fromEntries(steps.order(components));
    }
  };
}

const TOPIC = stepwise('SpladeLoss', restate, {
  'queries-among-documents': {
    what: 'the document regularizer also sees the queries',
    steps: { documents: (columns) => columns },
  },
  'documents-only-ignored': {
    what: 'useDocumentRegularizerOnly leaves the first column out',
    steps: { documents: (columns) => (columns.length > 1 ? columns.slice(1) : columns) },
  },
  'positives-only': {
    what: 'of the documents only the first column is regularized',
    steps: { documents: (columns, loss) => RIGHT.documents(columns, loss).slice(0, 1) },
  },
  'documents-per-column': {
    what: 'each column of documents is regularized by itself and the mean taken',
    steps: {
      regularizeDocuments: (regularizer, documents) =>
        tf
          .addN(documents.map((column) => regularizer.computeLossFromEmbeddings(column)))
          .div(documents.length),
    },
  },
  'documents-summed': {
    what: 'each column of documents is regularized by itself and the sum taken',
    steps: {
      regularizeDocuments: (regularizer, documents) =>
        tf.addN(documents.map((column) => regularizer.computeLossFromEmbeddings(column))),
    },
  },
  'queries-are-documents': {
    what: 'the query regularizer sees the last column instead of the first',
    steps: { queries: (columns) => columns.at(-1) },
  },
  'weights-swapped': {
    what: 'document and query weight are swapped',
    steps: {
      weights: ({ documentRegularizerWeight, queryRegularizerWeight }) =>
        queryRegularizerWeight === null
          ? [documentRegularizerWeight, null]
          : [queryRegularizerWeight, documentRegularizerWeight],
    },
  },
  'query-weight-zero-is-none': {
    what: 'a query weight of 0 is taken for none, and the component is missing',
    steps: {
      weights: (loss) => [loss.documentRegularizerWeight, loss.queryRegularizerWeight || null],
    },
  },
  'query-weight-for-documents-only': {
    what: 'queries are never regularized',
    steps: { weights: (loss) => [loss.documentRegularizerWeight, null] },
  },
  'regularizer-sign': {
    what: 'dense documents are rewarded',
    steps: { weights: (loss) => [-loss.documentRegularizerWeight, loss.queryRegularizerWeight] },
  },
  'weight-not-in-component': {
    what: 'the component is the bare regularizer, without its weight',
    steps: { weights: (loss) => [1, loss.queryRegularizerWeight] },
  },
  'component-names': {
    what: 'components are named in camelCase',
    steps: { names: ['baseLoss', 'documentRegularizerLoss', 'queryRegularizerLoss'] },
  },
  'component-order': {
    what: 'the query regularizer stands before the document regularizer',
    steps: { order: (components) => [...components.slice(0, -2), ...components.slice(-2).toReversed()] },
  },
});

class ThresholdsSwapped extends SpladeLoss {
  constructor(model: EmbeddingModel, options: SpladeLossOptions) {
    const { documentRegularizerThreshold = null, queryRegularizerThreshold = null } = options;
    super(model, {
      ...options,
      documentRegularizerThreshold: queryRegularizerThreshold,
      queryRegularizerThreshold: documentRegularizerThreshold,
    });
  }
}

class ThresholdShared extends SpladeLoss {
  constructor(model: EmbeddingModel, options: SpladeLossOptions) {
    super(model, { ...options, queryRegularizerThreshold: options.documentRegularizerThreshold ?? null });
  }
}

class RegularizerOfDocumentsForQueries extends SpladeLoss {
  constructor(model: EmbeddingModel, options: SpladeLossOptions) {
    super(model, { ...options, queryRegularizer: options.documentRegularizer ?? null });
  }
}

export const SPLADE: Topic = {
  ...TOPIC,
  mutants: [
    ...TOPIC.mutants,
    lossMutant(
      'SpladeLoss',
      'thresholds-swapped',
      'each regularizer has the other’s threshold',
      ThresholdsSwapped,
    ),
    lossMutant('SpladeLoss', 'threshold-shared', 'queries have the documents’ threshold', ThresholdShared),
    lossMutant(
      'SpladeLoss',
      'regularizer-shared',
      'queries have the documents’ regularizer',
      RegularizerOfDocumentsForQueries,
    ),
  ],
};
