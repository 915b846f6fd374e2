import type { EncodeOptions } from '../../encoder/encode-options.js';
import { OUTPUTS } from '../../encoder/exported/onnx-names.js';
import { OnnxSession, type OutputKind } from '../../encoder/exported/onnx-session.js';
import type { Embedder } from '../../encoder/inference.js';
import { dimensionOf } from '../../encoder/module-tree.js';
import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { encodingEngine } from '../../engine/set-engine.js';
import { EmbeddingError, ModelFileError } from '../../errors.js';
import type { Module } from '../../modules/module.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import type { TokenizerInput } from '../../tokenizer/tokenizer.js';
import { fingerprint, type FileVerdict } from '../certificate.js';
import { type Agreement, compareEmbeddings, type ComparisonOptions, ERROR_UNIT } from './compare.js';
import { LogitsEmbedder } from './logits-embedder.js';
import { nudgedEmbedder, ROUNDING_PER_NUDGE } from './nudged-embedder.js';

/** A file, and the route through the encoder that it stands for. */
export interface FileToVerify {
  readonly path: string;
  /** Its name in a certificate. */
  readonly name: string;
  readonly route: string | undefined;
  /** The task whose texts take it. */
  readonly task: string | undefined;
  readonly modules: readonly Module[];
  /** Whether it claims that its embeddings have at most the allowed number of active dimensions. */
  readonly isLimited: boolean;
}

/** Texts for every file, and pairs for files that take token types. */
export interface TextsToTry {
  readonly texts: readonly string[];
  readonly pairs: readonly TokenizerInput[];
  /**
   * Called for each text that is truncated to the encoder's limit of tokens, with its position among the texts, then
   * the pairs.
   */
  readonly onTruncate?: (text: number) => void;
}

/** Texts that go through a file together: few, so that files with logits need little memory. */
const BATCH_SIZE = 8;
/** For the encoder's own spread: other batches have other padding. */
const OTHER_BATCH_SIZE = 3;

/**
 * How far int8 may be from the encoder: cosines of 0.95 overall and of 0.8 for each text, if lengths are equal. Trained
 * models of the three families (`npm run make-models`) have 0.10, 0.30 (CSR) and 0.11 overall, and at worst 0.14, 0.45
 * and 0.14.
 */
const INT8_DISTANCE = { whole: Math.sqrt(2 - 2 * 0.95), worst: Math.sqrt(2 - 2 * 0.8) } as const;

/**
 * Runs a file in ONNX Runtime and compares it with the encoder on these texts. It gives a verdict for its embeddings,
 * and another one for logits or hidden states that it may have as well.
 *
 * @param onProgress called with the share that is done
 * @throws ModelFileError if ONNX Runtime cannot open the file, or the file has another interface
 */
export async function verifyFile(
  file: FileToVerify,
  encoder: SparseEncoder,
  { texts, pairs, onTruncate }: TextsToTry,
  comparison: ComparisonOptions,
  onProgress: (done: number) => void = () => undefined,
): Promise<FileVerdict[]> {
  const session = await OnnxSession.open(file.path, { foreign: true });
  try {
    const tried = session.takesTokenTypes ? [...texts, ...pairs] : texts;
    const { maxActiveDims } = comparison;
    const options = { maxActiveDims, batchSize: BATCH_SIZE, showProgressBar: false };
    const embedders = embeddersOf(session, file.modules);
    // The encoder encodes twice, and each of the file's outputs once.
    const runs = 2 + embedders.length;
    let ended = 0;
    const encode = (other: SparseEncoder, changes: EncodeOptions = {}): Promise<SparseMatrix> => {
      const before = ended++;
      return encodeTask(other, file.task, tried, {
        ...options,
        ...changes,
        onProgress: (done) => onProgress((before + done / tried.length) / runs),
      });
    };
    const expected = await encode(encoder, { ...(onTruncate && { onTruncate }) });
    const { spread, spreadShare } = await spreadOf(encoder, file.modules, encode);
    const verdicts: FileVerdict[] = [];
    for (const { outputs, embedder } of embedders) {
      // A file that claims a limit must observe it: its embeddings are not truncated here.
      const isLimited = file.isLimited && outputs !== 'logits';
      const found = await encode(encoder.withEmbedder(embedder), {
        ...(isLimited && { maxActiveDims: null }),
      }).catch(faultOfFile);
      const { agreement, failures } =
        found instanceof Error
          ? { agreement: null, failures: [found.message.replaceAll(file.path, 'it')] }
          : judged(compareEmbeddings(expected, found, spread, { ...comparison, spreadShare }));
      verdicts.push({
        path: file.name,
        route: file.route ?? null,
        ...(await fingerprint(file.path)),
        outputs,
        agreement,
        failures,
      });
    }
    return verdicts;
  } finally {
    await session.dispose();
  }
}

/** The embeddings of the encoder, rounded in another way, and the share of the distance that rounding accounts for. */
async function spreadOf(
  encoder: SparseEncoder,
  modules: readonly Module[],
  encode: (other: SparseEncoder, changes?: EncodeOptions) => Promise<SparseMatrix>,
): Promise<{ spread: SparseMatrix; spreadShare: number }> {
  // The cpu engine sums in one order in every batch, and ONNX Runtime in another one.
  if (encodingEngine() !== 'cpu') {
    return { spread: await encode(encoder, { batchSize: OTHER_BATCH_SIZE }), spreadShare: 1 };
  }
  const nudged = await nudgedEmbedder(modules);
  try {
    return { spread: await encode(encoder.withEmbedder(nudged)), spreadShare: ROUNDING_PER_NUDGE };
  } finally {
    await nudged.dispose();
  }
}

interface ToJudge {
  readonly outputs: OutputKind;
  readonly embedder: Embedder;
}

function embeddersOf(session: OnnxSession, modules: readonly Module[]): ToJudge[] {
  if (session.kind === 'logits') {
    return [{ outputs: 'logits', embedder: new LogitsEmbedder(session, modules) }];
  }
  const dimensions = dimensionOf(modules) ?? 0;
  const embedder: Embedder = {
    embed: (batch) => session.embed(batch, dimensions),
    dispose: () => session.dispose(),
  };
  const embeddings = { outputs: session.kind, embedder };
  const ofTokens = modules[1]?.kind.takesLogits === true ? OUTPUTS.logits : OUTPUTS.states;
  if (!session.hasOutput(ofTokens)) return [embeddings];
  return [embeddings, { outputs: 'logits', embedder: new LogitsEmbedder(session, modules, ofTokens) }];
}

/** A fault of the file is a finding and does not end the verification. */
function faultOfFile(error: unknown): Error {
  if (error instanceof ModelFileError || error instanceof EmbeddingError) return error;
  throw error;
}

async function encodeTask(
  encoder: SparseEncoder,
  task: string | undefined,
  texts: readonly TokenizerInput[],
  options: EncodeOptions,
): Promise<SparseMatrix> {
  if (task === 'query') return await encoder.encodeQuery(texts, options);
  if (task === 'document') return await encoder.encodeDocument(texts, options);
  return await encoder.encode(texts, { ...options, ...(task !== undefined && { task }) });
}

const judged = (agreement: Agreement): Pick<FileVerdict, 'agreement' | 'failures'> => ({
  agreement,
  failures: failuresOf(agreement),
});

/** The reasons to refuse an exported file; empty if there are none. */
export function failuresOf({
  texts,
  worstError,
  allowedError,
  supportDifferences,
  activeTerms,
  distance,
  worst,
}: Agreement): string[] {
  const failures: string[] = [];
  if (texts === 0) failures.push('no text was compared');
  else if (activeTerms === 0) {
    failures.push('the encoder gives no text an active dimension, so there is nothing to compare');
  }
  if (allowedError === null) {
    const tooFar = (['whole', 'worst'] as const)
      .filter((name) => !(distance[name] <= INT8_DISTANCE[name]))
      .map(
        (name) =>
          `the distance from the encoder, ${name === 'whole' ? 'of all texts' : 'of the worst text'}, is ${distance[name].toFixed(3)} of the length; expected at most ${INT8_DISTANCE[name].toFixed(3)}`,
      );
    return [...failures, ...tooFar];
  }
  if (!(worstError <= allowedError)) {
    failures.push(
      `text ${worst.text}, dimension ${worst.dimension}: the encoder has ${worst.expected}, the file ${worst.found}; ` +
        `the difference is ${worstError.toExponential(2)}, and ${allowedError.toExponential(2)} is allowed, in ${ERROR_UNIT}`,
    );
  }
  if (supportDifferences > 0) {
    failures.push(
      `${supportDifferences} terms are active on one side only, and not within the band around zero`,
    );
  }
  return failures;
}
