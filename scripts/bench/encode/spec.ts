import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { counted } from '../../../src/counted.js';

const MODELS = fileURLToPath(new URL('../../../.cache/models/', import.meta.url));

/** The task of both sides for a row. */
export const EncodeCase = z.discriminatedUnion('kind', [
  /** A round encodes all texts. */
  z.object({
    kind: z.literal('encode'),
    model: z.string(),
    texts: z.array(z.string()),
    batchSize: z.number(),
  }),
  /** A round starts a process that opens the model and encodes one text. */
  z.object({ kind: z.literal('start'), model: z.string(), text: z.string() }),
  /** A round is one product [rows, inner] x [inner, columns]. */
  z.object({ kind: z.literal('product'), rows: z.number(), inner: z.number(), columns: z.number() }),
]);

export type EncodeCase = z.infer<typeof EncodeCase>;

const BATCH_SIZE = 32;
/** The product of the head of a model of MiniLM's size, for 32 texts of 64 tokens. */
const PRODUCT = { kind: 'product', rows: 2048, inner: 384, columns: 30_522 } as const;

export function encodeRows(quick: boolean): { name: string; spec: EncodeCase }[] {
  const texts = realTexts().filter((_, index) => !quick || index % 16 === 0);
  const splade = modelFolder('splade');
  return [
    {
      name: `splade, ${counted(texts.length, 'text')}`,
      spec: { kind: 'encode', model: splade, texts, batchSize: BATCH_SIZE },
    },
    {
      name: 'first embedding of a new process',
      spec: { kind: 'start', model: splade, text: texts[0] ?? '' },
    },
    { name: 'product [2048, 384] x [384, 30522]', spec: PRODUCT },
  ];
}

/** 2,000 texts of mixed length. */
export function realTexts(): string[] {
  const lines = readFileSync(made('texts.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => z.object({ text: z.string() }).parse(JSON.parse(line)).text);
}

/** A model of `npm run make-models`. */
export const modelFolder = (family: string): string => made(family);

function made(name: string): string {
  const path = join(MODELS, name);
  if (existsSync(path)) return path;
  throw new Error(`there is no ${path}; \`npm run make-models\` makes it`);
}
