import { modelCard } from '../encoder/model-card.js';
import type { Origin } from '../encoder/origin.js';
import type { SparseEncoder } from '../encoder/sparse-encoder.js';
import type { Evaluator } from '../evaluators/evaluator.js';
import { SequentialEvaluator } from '../evaluators/sequential-evaluator.js';
import { softwareVersions } from '../machine.js';
import type { LogEntry, TrainerState } from './callbacks.js';
import type { DatasetCard } from './dataset-card.js';
import { lossesIn, type TrainableLoss, type TrainerLoss } from './losses.js';
import { type ResolvedTrainingArguments, TRAINING_ARGUMENTS } from './training-arguments.js';

/** What a run reports in the card of its model. */
export interface TrainingFacts {
  readonly args: ResolvedTrainingArguments;
  readonly loss: TrainerLoss;
  readonly evaluator?: Evaluator | undefined;
  readonly datasets: readonly DatasetCard[];
  readonly state: TrainerState;
  /** Undefined while the run is not over. */
  readonly seconds?: number;
}

/** The card of a trained model: the model's own card, and how it was trained. Every number comes from the run. */
export function trainingCard(model: SparseEncoder, facts: TrainingFacts): string {
  const { datasets, state, args, loss } = facts;
  const rows = datasets.reduce((sum, { rows: own }) => sum + (own ?? 0), 0);
  const tags = ['generated_from_trainer', ...(rows > 0 ? [`dataset_size:${rows}`] : []), ...lossTags(loss)];
  const card = modelCard(model).replace(
    /^pipeline_tag:/m,
    `${tags.map((tag) => `- ${tag}`).join('\n')}\n${baseModelEntry(model.origin)}pipeline_tag:`,
  );
  return [
    card.trimEnd(),
    evaluationSection(state, facts.evaluator),
    `## Training Details\n\n${baseModelLine(model.origin)}${datasets.map(datasetSection).join('\n\n')}\n\n${lossSection(loss)}`,
    hyperparametersSection(args),
    logsSection(state),
    ...(facts.seconds === undefined ? [] : [`### Training Time\n\n${duration(facts.seconds)}`]),
    versionsSection(),
    citationSection(loss),
  ]
    .filter((section) => section !== '')
    .join('\n\n')
    .concat('\n');
}

/** Only a hub model is listed by name: readers of the card could not find any other. */
const baseModelEntry = (origin: Origin | undefined): string =>
  origin?.revision === undefined ? '' : `base_model: ${origin.name}\n`;

function baseModelLine(origin: Origin | undefined): string {
  if (origin === undefined) return '';
  const { name, revision } = origin;
  return revision === undefined
    ? `Base model: the folder \`${name.replaceAll('`', '')}\`\n\n`
    : `Base model: [${name}](https://huggingface.co/${name}), revision ${revision}\n\n`;
}

/** The classes of a loss, of its base loss and of its regularizers. */
function lossTags(loss: TrainerLoss): string[] {
  const classes = lossesIn(loss).flatMap(([, each]) =>
    [each, ...partsOf(each)].map((part) => part.constructor.name).filter((name) => name.endsWith('Loss')),
  );
  return [...new Set(classes)].map((name) => `loss:${name}`);
}

/** The base loss and the regularizers that a loss holds. */
function partsOf(loss: TrainableLoss): object[] {
  const values: readonly unknown[] = Object.values(loss);
  return values.filter((part): part is object => typeof part === 'object' && part !== null);
}

function evaluationSection({ logHistory }: TrainerState, evaluator: Evaluator | undefined): string {
  const last = logHistory.findLast((entry) => 'eval_runtime' in entry);
  if (last === undefined) return '';
  const metrics = Object.entries(last).filter(
    ([name]) => name.startsWith('eval_') && name !== 'eval_runtime',
  );
  const values = table(
    ['metric', 'value'],
    metrics.map(([name, value]) => [name.slice('eval_'.length), numeral(value)]),
  );
  return [
    '## Evaluation',
    ...(evaluator === undefined ? [] : evaluatorsIn(evaluator).map(evaluatorLines)),
    `The last evaluation, after step ${last['step']}:`,
    values,
  ].join('\n\n');
}

const evaluatorsIn = (evaluator: Evaluator): readonly Evaluator[] =>
  evaluator instanceof SequentialEvaluator ? evaluator.evaluators.flatMap(evaluatorsIn) : [evaluator];

/** An evaluator by its class, its name and those settings that the reference names. */
function evaluatorLines(evaluator: Evaluator): string {
  const named = 'name' in evaluator && typeof evaluator.name === 'string' ? evaluator.name : '';
  const what = `Evaluated with ${evaluator.constructor.name}${named === '' ? '' : `, named ${escaped(named)}`}`;
  const config = evaluator.getConfigDict?.() ?? {};
  return Object.keys(config).length === 0
    ? `${what}.`
    : `${what}, with these parameters:\n\n\`\`\`json\n${JSON.stringify(config, null, 2)}\n\`\`\``;
}

function datasetSection({ name, rows, columns, samples }: DatasetCard): string {
  const header = columns.map((column) => column.name);
  const lengths = columns.map(({ tokens }) =>
    tokens === undefined ? '' : `${tokens[0]} to ${tokens[2]}, ${tokens[1].toFixed(1)} on average`,
  );
  return [
    `### ${name === undefined ? 'Training Dataset' : `Training Dataset: ${name}`}`,
    rows === undefined ? 'A stream of rows.' : `${rows.toLocaleString('en-US')} rows.`,
    ...(samples.length === 0
      ? [`Columns: ${header.join(', ')}.`]
      : [
          `Tokens of the first rows:\n\n${table(header, [lengths])}`,
          `Samples:\n\n${table(header, samples)}`,
        ]),
  ].join('\n\n');
}

function lossSection(loss: TrainerLoss): string {
  return lossesIn(loss)
    .map(([name, each]) => {
      const title = name === undefined ? '### Loss' : `### Loss of ${name}`;
      const config = each.getConfigDict?.() ?? {};
      return `${title}\n\n${each.constructor.name} with these parameters:\n\n\`\`\`json\n${JSON.stringify(config, parameter, 2)}\n\`\`\``;
    })
    .join('\n\n');
}

/** Shows a loss inside another loss by its class and parameters, and a function by its name. */
function parameter(_: string, value: unknown): unknown {
  if (typeof value === 'function') return value.name;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (value.constructor === Object) return value;
  const config = (value as Partial<TrainableLoss>).getConfigDict?.() ?? {};
  return { class: value.constructor.name, ...config };
}

function hyperparametersSection(args: ResolvedTrainingArguments): string {
  const rules = Object.entries(TRAINING_ARGUMENTS);
  const changed = rules.flatMap(([name, rule]) => {
    const value = args[name as keyof ResolvedTrainingArguments];
    // A local folder of the training machine means nothing to other readers.
    if (name === 'outputDir' || JSON.stringify(value) === JSON.stringify(rule.default)) return [];
    return [`- \`${name}\`: ${JSON.stringify(value)}`];
  });
  return `### Training Hyperparameters\n\n${
    changed.length === 0
      ? 'All have their defaults.'
      : `Those without their defaults:\n\n${changed.join('\n')}`
  }`;
}

function versionsSection(): string {
  const { node, ...packages } = softwareVersions();
  const lines = Object.entries({ 'Node.js': node, ...packages }).map(
    ([name, version]) => `- ${name}: ${version}`,
  );
  return `### Framework Versions\n\n${lines.join('\n')}`;
}

function logsSection({ logHistory, bestGlobalStep }: TrainerState): string {
  const entries = logHistory.filter((entry) => !('train_runtime' in entry));
  if (entries.length === 0) return '';
  const metrics = [...new Set(entries.flatMap((entry) => Object.keys(entry)))].filter(isLogged);
  const rows = stepsOf(entries).map(([step, entry]) => {
    const cells = [entry['epoch'] ?? 0, step].map((value) => String(Math.round(value * 1e4) / 1e4));
    const values = metrics.map((name) => (entry[name] === undefined ? '-' : numeral(entry[name])));
    return [...cells, ...values].map((cell) => (step === bestGlobalStep ? `**${cell}**` : cell));
  });
  const note = bestGlobalStep === null ? '' : '\n\nThe bold row is the best model.';
  return `### Training Logs\n\n${table(['epoch', 'step', ...metrics], rows)}${note}`;
}

const isLogged = (name: string): boolean =>
  name === 'loss' || (name.startsWith('eval_') && name !== 'eval_runtime');

/** The numbers logged for each step, merged. */
function stepsOf(entries: readonly LogEntry[]): [number, LogEntry][] {
  const steps = new Map<number, LogEntry>();
  for (const entry of entries) {
    const step = entry['step'] ?? 0;
    steps.set(step, { ...steps.get(step), ...entry });
  }
  return [...steps];
}

function citationSection(loss: TrainerLoss): string {
  const parts = lossesIn(loss).flatMap(([, each]) => [each, ...partsOf(each)]);
  const citations = parts.flatMap((part) => {
    const citation: unknown = (part as { readonly citation?: unknown }).citation;
    return typeof citation === 'string' ? [citation.trim()] : [];
  });
  if (citations.length === 0) return '';
  return `## Citation\n\n\`\`\`bibtex\n${[...new Set(citations)].join('\n\n')}\n\`\`\``;
}

const numeral = (value: number): string =>
  Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5
    ? String(Number(value.toFixed(4)))
    : value.toExponential(2);

function duration(seconds: number): string {
  return seconds < 120 ? `${seconds.toFixed(1)} seconds` : `${(seconds / 60).toFixed(1)} minutes`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Escapes users' texts, so that they neither break the table nor become markup. */
const escaped = (cell: string): string =>
  cell.replaceAll(/\s+/g, ' ').replaceAll(/[|<>`\\]/g, (character) => `&#${character.charCodeAt(0)};`);
