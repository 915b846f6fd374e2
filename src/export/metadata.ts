import { createHash } from 'node:crypto';
import { packageVersion } from '../version.js';
import type { ExportFormat, Precision, Target } from './formats.js';

/** The prefix of an exported file's own keys in its metadata. */
export const METADATA_PREFIX = 'sparse_encoder.';

/** The facts in an exported file's metadata. */
export interface ExportFacts {
  readonly format: ExportFormat;
  readonly precision: Precision;
  readonly target: Target;
  /** The route of a Router. */
  readonly route: string | undefined;
  /** The modules and their settings, first to last. */
  readonly modules: readonly string[];
  readonly dimensions: number;
  /** The longest text in tokens. */
  readonly maxLength: number;
  readonly maxActiveDims: number | null;
  /** The prompt before each text. */
  readonly prompt: string;
  readonly tokenizerSha256: string;
  /** The license of the weights, if the model's card states it. */
  readonly license: string | undefined;
}

export function metadataOf(facts: ExportFacts): Record<string, string> {
  const entries: Record<string, string | undefined> = {
    version: packageVersion(),
    format: facts.format,
    precision: facts.precision,
    target: facts.target,
    route: facts.route,
    modules: facts.modules.join('; '),
    dimensions: String(facts.dimensions),
    max_length: Number.isFinite(facts.maxLength) ? String(facts.maxLength) : undefined,
    max_active_dims: facts.maxActiveDims === null ? undefined : String(facts.maxActiveDims),
    prompt: facts.prompt === '' ? undefined : facts.prompt,
    tokenizer_sha256: facts.tokenizerSha256,
    license: facts.license,
  };
  return Object.fromEntries(
    Object.entries(entries).flatMap(([key, value]) =>
      value === undefined ? [] : [[`${METADATA_PREFIX}${key}`, value]],
    ),
  );
}

/** The license in the front matter of a model's card. */
export function licenseOf(card: string): string | undefined {
  const [, front] = /^---\r?\n([\s\S]*?)\r?\n---/.exec(card) ?? [];
  return /^license:[ \t]*["']?([^\s"'#]+)/m.exec(front ?? '')?.[1];
}

/** A hash of a tokenizer's files, including their names. */
export function hashOfFiles(files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash('sha256');
  for (const [name, bytes] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}
