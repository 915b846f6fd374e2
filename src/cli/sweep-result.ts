import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InputError } from '../errors.js';
import type { SweepPoint } from '../evaluators/sweep.js';
import { isMissing } from '../files/is-missing.js';
import { writeTextWhole } from '../files/write-file.js';

export const SWEEP_FILE = 'sweep.json';

const POINT: z.ZodType<SweepPoint> = z.object({
  name: z.string(),
  method: z.enum(['none', 'maxActiveDims', 'ratio']),
  value: z.number().nullable(),
  ndcg: z.number(),
  queryActiveDims: z.number(),
  corpusActiveDims: z.number(),
  flops: z.number(),
  searchMs: z.number(),
});

const SWEEP = z.object({
  schemaVersion: z.literal(1),
  /** The folder of the retrieval task. */
  task: z.string(),
  /** How many documents of a ranking count. */
  k: z.number().int().min(1),
  /** The setting that differs between trained models; null for one model. */
  varied: z.string().nullable(),
  points: z.array(POINT).min(1),
});
export type SweepResult = Omit<z.infer<typeof SWEEP>, 'schemaVersion'>;

/** @throws WriteError */
export async function writeSweep(file: string, result: SweepResult): Promise<void> {
  await writeTextWhole(file, `${JSON.stringify({ schemaVersion: 1, ...result }, null, 2)}\n`);
}

/**
 * Reads the file that `writeSweep` writes. Returns undefined if there is no file.
 *
 * @throws InputError if the file is something else
 */
export async function readSweep(file: string): Promise<SweepResult | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    return undefined;
  });
  if (text === undefined) return undefined;
  const expected = 'expected the file that `sparse-encoder sweep --results` writes';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InputError(`${file} is not JSON; ${expected}`);
  }
  const parsed = SWEEP.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(`${file}: ${issue?.path.join('.')}: ${issue?.message ?? 'is invalid'}; ${expected}`);
}

/** The figures with their headings. */
export function sweepRows({ points, k }: Pick<SweepResult, 'points' | 'k'>): string[][] {
  return [
    ['', `nDCG@${k}`, 'query dims', 'doc dims', 'FLOPs', 'search ms'],
    ...points.map(({ name, ndcg, queryActiveDims, corpusActiveDims, flops, searchMs }) => [
      name,
      ndcg.toFixed(4),
      queryActiveDims.toFixed(1),
      corpusActiveDims.toFixed(1),
      flops.toFixed(2),
      searchMs.toFixed(3),
    ]),
  ];
}
