import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { softwareVersions, thisMachine } from '../machine.js';
import { FORMATS, PRECISIONS } from './formats.js';

export const CERTIFICATE_FILE = 'certificate.json';

const agreement = z.object({
  texts: z.number(),
  worstError: z.number(),
  allowedError: z.number().nullable(),
  supportDifferences: z.number(),
  supportDifferencesInBand: z.number(),
  activeTerms: z.number(),
  cosine: z.object({ least: z.number(), mean: z.number() }),
  distance: z.object({ whole: z.number(), worst: z.number() }),
  worst: z.object({ text: z.number(), dimension: z.number(), expected: z.number(), found: z.number() }),
});

/** How well and how fast exported files rank compared with the encoder, on a retrieval task. */
const rankingSchema = z.object({
  queries: z.number(),
  documents: z.number(),
  /** Share of the encoder's ten best documents that are among the file's, averaged over the queries. */
  overlapAt10: z.number(),
  ndcgAt10: z.object({ encoder: z.number(), exported: z.number() }),
  /** Encoded documents per second, in turns, on the machine that made the certificate. */
  textsPerSecond: z.object({ encoder: z.number(), exported: z.number() }),
  failures: z.array(z.string()),
});

const file = z.object({
  /** The path in the exported folder. */
  path: z.string(),
  /** The route of a Router. */
  route: z.string().nullable(),
  bytes: z.number(),
  sha256: z.string(),
  /**
   * The outputs that were compared; `logits` may also be hidden states. A file with these beside embeddings occurs
   * twice.
   */
  outputs: z.enum(['sparse', 'dense', 'logits']),
  /** null if the file gave no embeddings; the failures then say so. */
  agreement: agreement.nullable(),
  failures: z.array(z.string()),
});

/** The results of running exported files: certificate.json in an exported folder. */
export const Certificate = z.object({
  version: z.literal(1),
  verdict: z.enum(['passed', 'failed']),
  /** The name of the exported model. */
  source: z.string().nullable(),
  format: z.enum(Object.keys(FORMATS) as [keyof typeof FORMATS]).nullable(),
  precision: z.enum(Object.keys(PRECISIONS) as [keyof typeof PRECISIONS]),
  opset: z.number().nullable(),
  /** Errors and their bounds are shares of a text's largest weight, or of the mean of all texts' if that is larger. */
  files: z.array(file),
  ranking: rankingSchema.optional(),
  /** The pairs are for files that take token types. */
  texts: z.object({ builtIn: z.number(), pairs: z.number(), given: z.number(), sha256: z.string() }),
  tokenizerSha256: z.string(),
  license: z.string().nullable(),
  made: z.object({
    at: z.string(),
    'sparse-encoder': z.string(),
    'onnxruntime-node': z.string(),
    node: z.string(),
    platform: z.string(),
    cpu: z.string(),
  }),
});

export type Certificate = z.infer<typeof Certificate>;
export type FileVerdict = z.infer<typeof file>;
export type Ranking = z.infer<typeof rankingSchema>;

/** The software and platform that made a certificate. */
export function madeHere(): Certificate['made'] {
  const { '@tensorflow/tfjs': _, ...versions } = softwareVersions();
  const { platform, cpu } = thisMachine();
  return { at: new Date().toISOString(), ...versions, platform, cpu };
}

/** Size and hash of a file. */
export async function fingerprint(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return { bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

/** All failures of the files, each with its file. */
export function failuresIn(files: readonly FileVerdict[], found: Ranking | undefined): string[] {
  const ofFiles = files.flatMap(({ path, failures }) => failures.map((each) => `${path}: ${each}`));
  return [...ofFiles, ...(found?.failures ?? []).map((each) => `retrieval: ${each}`)];
}
