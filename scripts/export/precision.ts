import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openModel } from '../../src/cli/open-model.js';
/**
 * What each precision of an exported encoder costs and gains: size, speed beside fp32, and how well it retrieves.
 *
 *     npx tsx scripts/export/precision.ts [--model FOLDER] [--data FOLDER]
 */
import { counted } from '../../src/counted.js';
import { batchesByLength } from '../../src/encoder/batches.js';
import { OnnxSession } from '../../src/encoder/exported/onnx-session.js';
import type { TokenBatch } from '../../src/encoder/inference.js';
import type { SparseEncoder } from '../../src/encoder/sparse-encoder.js';
import { pad, tokenize } from '../../src/encoder/text-input.js';
import { UsageError } from '../../src/errors.js';
import { meanNdcg } from '../../src/evaluation/ndcg.js';
import { topOverlap } from '../../src/evaluation/ranking-agreement.js';
import { readRetrieval } from '../../src/evaluation/read-retrieval.js';
import type { RetrievalTask } from '../../src/evaluation/retrieval-task.js';
import { type ExportedRoute, exportRoutes } from '../../src/export/export-route.js';
import { resolveExportOptions } from '../../src/export/options.js';
import type { OnnxModel } from '../../src/onnx/model.js';
import { quantizeDynamic } from '../../src/onnx/rewrite/quantize-dynamic.js';
import { toFloat16 } from '../../src/onnx/rewrite/to-float16.js';
import { writeOnnxFile } from '../../src/onnx/write.js';
import { environmentsFolder } from '../../src/python/managed-environment.js';
import { newCommand } from '../../src/shell/new-command.js';
import { runCommand } from '../../src/shell/run-command.js';
import { plainTable } from '../../src/shell/table.js';
import { SparseIndex } from '../../src/sparse/search/sparse-index.js';
import { concatenateRows, selectRows } from '../../src/sparse/select-rows.js';
import type { SparseMatrix } from '../../src/sparse/sparse-matrix.js';
import { median } from '../bench/statistics.js';

const BATCH_SIZE = 32;
const DEPTH = 10;
/** Documents encoded in a round of the measurement of speed. */
const ROUND = 256;
const ROUNDS = 5;

const PRECISIONS = {
  fp32: (model) => model,
  fp16: (model) => toFloat16(model, { floatOutputs: true }),
  int8: (model) => quantizeDynamic(model),
  'int8, 8 bits': (model) => quantizeDynamic(model, { weightBits: 8 }),
} satisfies Record<string, (model: OnnxModel) => OnnxModel>;

interface Batched {
  readonly places: Uint32Array;
  readonly batches: readonly TokenBatch[];
}

/** Texts in batches of similar length, as the encoder makes them. */
async function batched(texts: readonly string[], { input, prompt }: ExportedRoute): Promise<Batched> {
  const tokens = await tokenize(texts, prompt, input);
  const batches = batchesByLength(
    tokens.map(({ ids }) => ids.length),
    BATCH_SIZE,
  );
  const places = new Uint32Array(texts.length);
  for (const [row, index] of batches.flat().entries()) places[index] = row;
  return {
    places,
    batches: batches.map((batch) =>
      pad(
        batch.map((index) => tokens[index] as (typeof tokens)[number]),
        input,
      ),
    ),
  };
}

async function embed(
  session: OnnxSession,
  { places, batches }: Batched,
  dimensions: number,
): Promise<SparseMatrix> {
  const parts: SparseMatrix[] = [];
  // oxlint-disable-next-line no-await-in-loop -- one batch has all processors
  for (const batch of batches) parts.push(await session.embed(batch, dimensions));
  return selectRows(concatenateRows(parts), places);
}

function rank(queries: SparseMatrix, documents: SparseMatrix): Uint32Array[] {
  const hits = SparseIndex.fromMatrix(documents).search(queries, DEPTH);
  return hits.map((each) => each.documents);
}

/** Milliseconds of processor time and of the clock that a round takes, by session; sessions take turns. */
async function roundTimes(
  sessions: readonly OnnxSession[],
  texts: Batched,
  dimensions: number,
): Promise<{ cpu: number; clock: number }[]> {
  const times = sessions.map(() => ({ cpu: [] as number[], clock: [] as number[] }));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, session] of sessions.entries()) {
      const [cpu, clock] = [process.cpuUsage(), performance.now()];
      // oxlint-disable-next-line no-await-in-loop -- measured one after the other
      await embed(session, texts, dimensions);
      // The first round warms up.
      if (round === 0) continue;
      const { user, system } = process.cpuUsage(cpu);
      times[index]?.cpu.push((user + system) / 1000);
      times[index]?.clock.push(performance.now() - clock);
    }
  }
  return times.map(({ cpu, clock }) => ({ cpu: median(cpu), clock: median(clock) }));
}

async function onlyRoute(encoder: SparseEncoder, folder: string): Promise<ExportedRoute> {
  const routes = await exportRoutes(encoder, resolveExportOptions({ output: folder, format: 'sparse' }));
  const [route] = routes;
  if (route !== undefined && routes.length === 1) return route;
  throw new UsageError(`${folder} has ${counted(routes.length, 'route')}; expected a model without a Router`);
}

async function measure(route: ExportedRoute, task: RetrievalTask, scratch: string): Promise<string[][]> {
  const { dimensions } = route;
  const [queries, documents] = [await batched(task.queries, route), await batched(task.documents, route)];
  const timed = await batched(task.documents.slice(0, ROUND), route);
  const names = Object.keys(PRECISIONS) as (keyof typeof PRECISIONS)[];
  const sessions: OnnxSession[] = [];
  const sizes: number[] = [];
  const rankings: Uint32Array[][] = [];
  for (const [index, name] of names.entries()) {
    const path = join(scratch, `${index}.onnx`);
    // oxlint-disable no-await-in-loop -- one at a time is measured
    await writeOnnxFile(path, PRECISIONS[name](route.model));
    const session = await OnnxSession.open(path);
    sessions.push(session);
    sizes.push(statSync(path).size);
    const embeddings = [
      await embed(session, queries, dimensions),
      await embed(session, documents, dimensions),
    ] as const;
    // oxlint-enable no-await-in-loop
    rankings.push(rank(...embeddings));
  }
  const times = await roundTimes(sessions, timed, dimensions);
  await Promise.all(sessions.map((session) => session.dispose()));
  const [first] = times;
  return names.map((name, index) => {
    const ranking = rankings[index] ?? [];
    const { cpu, clock } = times[index] ?? { cpu: NaN, clock: NaN };
    return [
      name,
      ((sizes[index] ?? 0) / 1e6).toFixed(1),
      ((ROUND / clock) * 1000).toFixed(1),
      ((first?.clock ?? NaN) / clock).toFixed(2),
      ((first?.cpu ?? NaN) / cpu).toFixed(2),
      meanNdcg(ranking, task.relevant, DEPTH).toFixed(4),
      topOverlap(ranking, rankings[0] ?? [], DEPTH).toFixed(3),
    ];
  });
}

interface Options {
  readonly model: string;
  readonly data: string;
}

async function main({ model, data }: Options): Promise<void> {
  const task = await readRetrieval(data);
  const encoder = await openModel(model, { engine: 'onnx' });
  const scratch = mkdtempSync(join(tmpdir(), 'precision-'));
  const removeScratch = (): void => rmSync(scratch, { recursive: true, force: true });
  process.once('exit', removeScratch);
  try {
    const rows = await measure(await onlyRoute(encoder, model), task, scratch);
    const head = ['precision', 'MB', 'texts/s', 'x fp32', 'x fp32 (CPU time)', 'nDCG@10', 'top 10 as fp32'];
    process.stdout.write(`${plainTable([head, ...rows])}\n`);
  } finally {
    process.removeListener('exit', removeScratch);
    removeScratch();
    await encoder.dispose();
  }
}

const models = join(environmentsFolder(), 'models');

await runCommand(() =>
  newCommand('precision', {
    description: 'Size, speed and retrieval of an encoder in each precision that it can be exported in.',
    examples: ['npx tsx scripts/export/precision.ts --model path/to/model --data path/to/task'],
    exitCodes: { fine: 'measured' },
  })
    .option('--model <folder>', 'a model without a Router', join(models, 'splade'))
    .option('--data <folder>', 'queries.jsonl, corpus.jsonl and qrels.jsonl', join(models, 'retrieval'))
    .action(main),
);
