import {
  type BaseLossName,
  DATA_FORMATS,
  type DataFormat,
  type FormatId,
  formatsFor,
  UsageError,
  type WrapperName,
} from '../../src/api/losses.js';
import type { TokenizerInput } from '../../src/api/modules.js';
import { type Random, seededRandom } from '../../src/api/training.js';
import { leastColumns, mostColumns } from '../../src/losses/catalog.js';
import { labelsFor } from '../arbitraries/case-arbitrary.js';
import { type CaseOptions, floatTensor } from '../case.js';
import { mix } from '../plan.js';
import { MODEL_SOURCES, type ModelFamily, type ModelSource } from './folders.js';
import { type CaseLoss, MODEL_PATH, type ModelCase, type ModelCheck, type TextColumn } from './model-case.js';
import { drawPair, drawText, mixedTexts } from './texts.js';

/** One line of the report: a model and what is compared of it. */
export interface ModelCell {
  readonly source: ModelSource;
  readonly check: ModelCheck;
  /** `MODEL/CHECK[/LOSS/FORMAT]` of each case. */
  readonly cases: readonly string[];
}

const WRAPPERS_OF: Readonly<Record<ModelFamily, readonly WrapperName[]>> = {
  SPLADE: ['SpladeLoss', 'CachedSpladeLoss'],
  CSR: ['CSRLoss'],
  'inference-free': ['SpladeLoss', 'CachedSpladeLoss'],
};

/** Large enough to show in every gradient. */
const WRAPPER_OPTIONS: Readonly<Record<WrapperName, CaseOptions>> = {
  SpladeLoss: { documentRegularizerWeight: 0.05, queryRegularizerWeight: 0.1 },
  CachedSpladeLoss: { documentRegularizerWeight: 0.05, queryRegularizerWeight: 0.1, miniBatchSize: 2 },
  CSRLoss: {},
};

/** Words of a text for a loss: gradients take longer than values. */
const WORDS = 6;

const BASE_LOSSES: readonly BaseLossName[] = [...new Set(DATA_FORMATS.flatMap(({ losses }) => losses))];

/**
 * Every model with everything that is compared of it. Each loss has one data format per model, another one for the next
 * model. The cached wrapper, whose second forward costs as much again, gets every second loss, and the other half with
 * the next model.
 */
export function modelCells(): ModelCell[] {
  return MODEL_SOURCES.flatMap((source, index) => {
    const isShort = source.large === true || source.sameNetwork === true;
    const wrappers = isShort ? WRAPPERS_OF[source.family].slice(0, 1) : WRAPPERS_OF[source.family];
    const losses = (wrapper: WrapperName): BaseLossName[] =>
      BASE_LOSSES.filter((_, place) => {
        if (isShort) return place === index % BASE_LOSSES.length;
        return wrapper !== 'CachedSpladeLoss' || (place + index) % 2 === 0;
      });
    const place = (check: ModelCheck): string => `${MODEL_PATH}${source.name}/${check}`;
    return [
      { source, check: 'features', cases: [place('features')] },
      { source, check: 'encode', cases: [place('encode')] },
      ...wrappers.map((check): ModelCell => ({
        source,
        check,
        cases: losses(check).map((loss) => `${place(check)}/${loss}/${formatOf(loss, index).id}`),
      })),
    ] satisfies ModelCell[];
  });
}

function formatOf(loss: BaseLossName, index: number): DataFormat {
  const formats = formatsFor(loss);
  return formats[index % formats.length] as DataFormat;
}

/** The cells of these models (all, if none is named), losses and formats. Throws a UsageError for an unknown name. */
export function selectModelCells({
  models = [],
  losses = [],
  formats = [],
}: {
  models?: readonly string[];
  losses?: readonly string[];
  formats?: readonly string[];
}): ModelCell[] {
  const names = MODEL_SOURCES.map(({ name }) => name);
  const unknown = models.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`no model "${unknown}"; there are ${names.join(', ')}`);
  const isChosen = (path: string): boolean => {
    const [, , check = '', loss = '', format = ''] = path.split('/');
    return (
      (losses.length === 0 || losses.includes(loss) || losses.includes(check)) &&
      (formats.length === 0 || formats.includes(format))
    );
  };
  return modelCells()
    .filter(({ source }) => models.length === 0 || models.includes(source.name))
    .map((cell) => ({ ...cell, cases: cell.cases.filter(isChosen) }))
    .filter(({ cases }) => cases.length > 0);
}

/** The cell with the single case of this path. Throws a UsageError if there is none. */
export function modelCellOf(path: string): ModelCell {
  const cell = modelCells().find(({ cases }) => cases.includes(path));
  if (cell !== undefined) return { ...cell, cases: [path] };
  throw new UsageError(
    `"${path}" is not a path of a model; expected model/NAME/CHECK or model/NAME/WRAPPER/LOSS/FORMAT as a report prints ` +
      `it, for instance ${modelCells()[2]?.cases[0]}`,
  );
}

/** The case of a path: the same texts and labels for the same seed. */
export function planModelCase(path: string, cell: ModelCell, dims: number, seed: number): ModelCase {
  const one = draftCase(path, cell, dims, seed);
  if (cell.source.family !== 'inference-free') return one;
  // The reference's static embedding gives a padding token inside a text 0, but only if the batch pads that text.
  const withoutPadding = (text: TokenizerInput): TokenizerInput =>
    typeof text === 'string' ? text.replaceAll('[PAD]', '') : text;
  return {
    ...one,
    columns: one.columns.map((column) => ({ ...column, texts: column.texts.map(withoutPadding) })),
  };
}

function draftCase(path: string, { source, check }: ModelCell, dims: number, seed: number): ModelCase {
  const random = seededRandom(mix(seed, path));
  if (check === 'features') return { path, check, columns: featureColumns(source, random), batchSize: 0 };
  if (check === 'encode') {
    const texts = source.large === true ? [drawText(random), 'naïve 中文'] : mixedTexts(random, 16);
    return { path, check, columns: [{ texts, prompt: '', task: null }], batchSize: 5 };
  }
  const [, , , loss, format] = path.split('/') as [string, string, string, BaseLossName, FormatId];
  return { path, check, batchSize: 0, ...lossCase(loss, format, check, { source, dims, random }) };
}

/** Texts alone and after a prompt, through both routes; pairs if the model takes them. */
function featureColumns({ family, large }: ModelSource, random: Random): TextColumn[] {
  const texts = (): string[] => Array.from({ length: large === true ? 2 : 4 }, () => drawText(random));
  if (large === true) return [{ texts: texts(), prompt: '', task: null }];
  const columns: TextColumn[] = [
    { texts: texts(), prompt: '', task: 'document' },
    { texts: texts(), prompt: 'search for: ', task: 'query' },
  ];
  if (family === 'inference-free') return columns;
  return [...columns, { texts: [drawPair(random), drawPair(random)], prompt: '', task: null }];
}

function lossCase(
  loss: BaseLossName,
  id: FormatId,
  wrapper: WrapperName,
  { source, dims, random }: { source: ModelSource; dims: number; random: Random },
): { columns: TextColumn[]; loss: CaseLoss } {
  const format = formatsFor(loss).find((each) => each.id === id) as DataFormat;
  const batch = source.large === true ? 2 : 3;
  const count = Math.min(mostColumns(format), leastColumns(format) + (id.endsWith('n-tuple') ? 1 : 0));
  const columns = Array.from({ length: count }, (_, column): TextColumn => ({
    texts: Array.from({ length: batch }, () => drawText(random, WORDS)),
    prompt: '',
    task: source.family === 'inference-free' ? (column === 0 ? 'query' : 'document') : null,
  }));
  const labels = labelsFor(format, {
    batch,
    dims,
    columns: columns.map(() => new Float32Array()),
    labels: null,
    random,
  });
  return {
    columns,
    loss: {
      loss,
      lossOptions: {},
      wrapper,
      // A single column contains the queries, and there are no documents.
      wrapperOptions: {
        ...WRAPPER_OPTIONS[wrapper],
        ...(wrapper !== 'CSRLoss' && count === 1 && { useDocumentRegularizerOnly: true }),
      },
      format: id,
      labels: labels === null ? null : floatTensor(labels.shape, labels.data),
    },
  };
}
