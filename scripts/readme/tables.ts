import { EVALUATOR_METRICS, type EvaluatorMetrics } from '../../src/api/evaluation.js';
import { DATA_FORMATS, type DataFormat, LABELS, WRAPPERS } from '../../src/api/losses.js';
import { PAYLOAD_FORMATS } from '../../src/api/sparse.js';
import { describeColumns } from '../../src/losses/catalog.js';
import { roomTable } from '../layers/architecture.js';
import { lossCompatibility, moduleCompatibility } from './compatibility.js';
import { code, markdownTable } from './table.js';

function lossTable(): string {
  const formats: readonly DataFormat[] = DATA_FORMATS;
  const rows = formats.map((format) => {
    const { conversion, distillation, id, losses, recommended } = format;
    const named = losses.map((loss) => `${code(loss)}${recommended.includes(loss) ? ' ★' : ''}`);
    const converted = conversion && `convert with ${code(conversion.function)} to ${conversion.to}`;
    const labels = LABELS[format.labels] + (distillation ? ' (distillation)' : '');
    return [id, describeColumns(format), labels, converted ?? named.join(', ')];
  });
  return markdownTable(['format', 'columns', 'labels', 'losses (★ recommended)'], rows);
}

const wrapperTable = (): string =>
  markdownTable(
    ['wrapper', 'for'],
    Object.entries(WRAPPERS).map(([name, what]) => [code(name), what]),
  );

const payloadTable = (): string =>
  markdownTable(
    ['format', 'for', 'weights below 0', 'a text without active dimensions'],
    Object.entries(PAYLOAD_FORMATS).map(([name, { title, negativeWeights, emptyVector }]) => [
      code(name),
      title.replaceAll('<', '&lt;'),
      negativeWeights,
      emptyVector,
    ]),
  );

function metricTable(): string {
  const rows = Object.entries<EvaluatorMetrics>(EVALUATOR_METRICS).flatMap(
    ([name, { file, primary, metrics }]) =>
      metrics.map(([key, column, meaning], at) => [
        at === 0 ? `${code(name)}, ${code(file)}` : '',
        code(key) + (key === primary ? ' (primary)' : ''),
        column === null ? '' : code(column),
        meaning,
      ]),
  );
  return markdownTable(['evaluator and CSV file', 'metric', 'column', 'what it is'], rows);
}

/** The tables of the documents, by the names of their markers. */
export const TABLES: Readonly<Record<string, () => string>> = {
  losses: lossTable,
  wrappers: wrapperTable,
  payloads: payloadTable,
  metrics: metricTable,
  rooms: roomTable,
  'loss-compatibility': lossCompatibility,
  'module-compatibility': moduleCompatibility,
};

/** Names of the markers for tables in a document. */
export const placesIn = (text: string): string[] =>
  [...text.matchAll(/<!-- ([\w-]+):begin -->/g)].map(([, name = '']) => name);

/** A document with its tables generated again. */
export function withTables(document: string): string {
  return placesIn(document).reduce((text, name) => {
    const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    const table = TABLES[name];
    if (table === undefined) throw new Error(`there is no table for the place "${begin}"`);
    if (to < from) throw new Error(`the place "${begin}" has no "${end}"`);
    return `${text.slice(0, from + begin.length)}\n${table()}\n${text.slice(to)}`;
  }, document);
}
