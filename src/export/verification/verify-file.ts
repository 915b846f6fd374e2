import type { Embedder } from '../../encoder/inference.js';
import { OnnxSession } from '../../encoder/exported/onnx-session.js';
import type { EncodeOptions } from '../../encoder/encode-options.js';
import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import { fingerprint, type FileVerdict } from '../certificate.js';
import { type Agreement, compareEmbeddings, type ComparisonOptions } from './compare.js';
import { LogitsEmbedder } from './logits-embedder.js';
import type { Module } from '../../modules/module.js';

/** A file, and the way through the encoder that it stands for. */
export interface FileToVerify {
  readonly path: string;
  /** What a certificate calls it. */
  readonly name: string;
  readonly route: string | undefined;
  readonly modules: readonly Module[];
}

/** Texts that go through a file together: few, so that files that stop at the logits need little memory. */
const BATCH_SIZE = 8;
/** For the encoder's own spread: other batches pad otherwise. */
const OTHER_BATCH_SIZE = 3;

/** Smallest cosine of a text and smallest mean that int8 may have; a trained SPLADE model has 0.96 and 0.99. */
const INT8_COSINE = { least: 0.8, mean: 0.95 } as const;

/**
 * Runs a file in ONNX Runtime and compares it with the encoder on these texts.
 *
 * @throws ModelFileError for a file that ONNX Runtime cannot run, or of another contract
 */
export async function verifyFile(
  file: FileToVerify,
  encoder: SparseEncoder,
  texts: readonly string[],
  comparison: ComparisonOptions,
): Promise<FileVerdict> {
  const session = await OnnxSession.open(file.path);
  try {
    const twin = encoder.withEmbedder(embedderOf(session, file.modules));
    const { maxActiveDims } = comparison;
    const options = { maxActiveDims, batchSize: BATCH_SIZE, showProgressBar: false };
    const expected = await encodeRoute(encoder, file.route, texts, options);
    const spread = await encodeRoute(encoder, file.route, texts, { ...options, batchSize: OTHER_BATCH_SIZE });
    const found = await encodeRoute(twin, file.route, texts, options);
    const agreement = compareEmbeddings(expected, found, spread, comparison);
    return {
      path: file.name,
      route: file.route ?? null,
      ...(await fingerprint(file.path)),
      outputs: session.kind,
      agreement,
      failures: failuresOf(agreement),
    };
  } finally {
    await session.dispose();
  }
}

function embedderOf(session: OnnxSession, modules: readonly Module[]): Embedder {
  if (session.kind === 'logits') return new LogitsEmbedder(session, modules);
  const dimensions = modules.findLast(({ dimension }) => dimension !== undefined)?.dimension ?? 0;
  return { embed: (batch) => session.embed(batch, dimensions), dispose: () => session.dispose() };
}

/** By the route of a task where it has one, else as `encode` does. */
async function encodeRoute(
  encoder: SparseEncoder,
  route: string | undefined,
  texts: readonly string[],
  options: EncodeOptions,
): Promise<SparseMatrix> {
  if (route === 'query') return await encoder.encodeQuery(texts, options);
  if (route === 'document') return await encoder.encodeDocument(texts, options);
  return await encoder.encode(texts, { ...options, ...(route !== undefined && { task: route }) });
}

/** Why an exported file is refused; nothing where it is not. */
export function failuresOf({
  worstError,
  allowedError,
  supportDifferences,
  cosine,
  worst,
}: Agreement): string[] {
  if (allowedError === null) {
    const low = Object.entries(INT8_COSINE).filter(([name, least]) => cosine[name as 'least'] < least);
    return low.map(
      ([name, least]) =>
        `the ${name} cosine with the encoder is ${cosine[name as 'least'].toFixed(4)}; expected at least ${least}`,
    );
  }
  const failures: string[] = [];
  if (!(worstError <= allowedError)) {
    failures.push(
      `text ${worst.text}, dimension ${worst.dimension}: the encoder has ${worst.expected}, the file ${worst.found}; ` +
        `the difference is ${worstError.toExponential(2)} of the text's largest weight, and ${allowedError.toExponential(2)} is allowed`,
    );
  }
  if (supportDifferences > 0) {
    failures.push(
      `${supportDifferences} terms are active on one side only, and not within the band around zero`,
    );
  }
  return failures;
}
