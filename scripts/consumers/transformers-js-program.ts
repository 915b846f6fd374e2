import { createRequire } from 'node:module';
import { dirname, basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Embedding, type OutputTensor, readEmbeddings } from './browser/encoder/embedding.js';
import type { Outcome } from './consumer.js';
import type { ExportedGraph } from './exported-graph.js';

/** The parts of @huggingface/transformers in use. It is not a dependency of this package. */
interface TransformersJs {
  readonly env: { version: string; allowRemoteModels: boolean; localModelPath: string };
  readonly AutoTokenizer: { from_pretrained(model: string): Promise<Tokenizer> };
  readonly AutoModelForMaskedLM: { from_pretrained(model: string, options: object): Promise<Model> };
}
type Inputs = Readonly<Record<'input_ids' | 'attention_mask', OutputTensor>>;
type Tokenizer = (texts: readonly string[], options: object) => Inputs;
type Model = (inputs: Inputs) => Promise<{ readonly logits: OutputTensor }>;

interface Task {
  readonly graph: ExportedGraph;
  readonly texts: readonly string[];
  /** The folder whose node_modules contain it. */
  readonly packages: string;
}

const BATCH = 4;

const { graph, texts, packages } = JSON.parse(await text(process.stdin)) as Task;
const begin = performance.now();
const library = createRequire(join(packages, 'package.json'))('@huggingface/transformers') as TransformersJs;
const { env, AutoTokenizer, AutoModelForMaskedLM } = library;
env.allowRemoteModels = false;
env.localModelPath = dirname(graph.folder);
const name = basename(graph.folder);
const tokenizer = await AutoTokenizer.from_pretrained(name);
const model = await AutoModelForMaskedLM.from_pretrained(name, { dtype: 'fp32' });
const loaded = performance.now();

const embeddings: Embedding[] = [];
const ids: number[][] = [];
for (let first = 0; first < texts.length; first += BATCH) {
  const inputs = tokenizer(texts.slice(first, first + BATCH), {
    padding: true,
    truncation: true,
    max_length: graph.maxLength,
  });
  const { logits } = await model(inputs);
  const mask = numbersOf(inputs.attention_mask);
  embeddings.push(...readEmbeddings({ logits }, mask, graph));
  ids.push(...idsOf(inputs, mask));
}
const outcome: Outcome = {
  version: `transformers.js ${env.version}`,
  loadSeconds: (loaded - begin) / 1000,
  encodeSeconds: (performance.now() - loaded) / 1000,
  embeddings,
  ids,
};
process.stdout.write(`${JSON.stringify(outcome)}\n`);

/** The ids of each text, without padding. */
function idsOf({ input_ids }: Inputs, mask: readonly number[]): number[][] {
  const [rows = 0, length = 0] = input_ids.dims;
  const all = numbersOf(input_ids);
  return Array.from({ length: rows }, (_, row) =>
    all
      .slice(row * length, (row + 1) * length)
      .filter((_id, position) => mask[row * length + position] === 1),
  );
}

function numbersOf({ data }: OutputTensor): number[] {
  return Array.from(data as BigInt64Array, Number);
}
