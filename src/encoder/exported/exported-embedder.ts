import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ModelFileError, UsageError } from '../../errors.js';
import { resolveInside } from '../../files/folder/resolve-inside.js';
import { preview } from '../../files/preview.js';
import type { Lifetime } from '../../lifetime.js';
import type { Module } from '../../modules/module.js';
import { isRouted, type RoutedModule } from '../../modules/routed-module.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import type { EncoderParts } from '../encoder-parts.js';
import type { BatchFacts, Embedder, TokenBatch } from '../inference.js';
import { dimensionOf, leavesOf, TEXT } from '../module-tree.js';
import { activeDimsOf } from '../settings.js';
import { certifiedHashes } from './certified-hashes.js';
import { OnnxSession } from './onnx-session.js';
import { type CheckedModel, type OnnxRequirements, readOnnx } from './open-onnx.js';
import { leavesOutPrompts, type Route, routesOf } from './routes.js';

export interface OnnxFile extends OnnxRequirements {
  readonly path: string;
}

/** Files of the routes of an encoder. The key undefined stands for an encoder without routes. */
export type OnnxFiles = ReadonlyMap<string | undefined, OnnxFile>;

/**
 * Runs the exported files of a folder whose weights are in them; undefined for any other folder. It reads all existing
 * files now, so that the whole encoder comes from the same export. A route without a file cannot be used.
 *
 * @throws ModelFileError if a file does not match its certificate, or has operators that exports do not use
 */
export async function exportedEmbedder(
  folder: string,
  { modules, config }: EncoderParts,
): Promise<ExportedEmbedder | undefined> {
  if (!lacksWeights(modules)) return undefined;
  const hashes = certifiedHashes(folder);
  const files = new Map(
    routesOf(modules).map(({ name, file }) => {
      const sha256 = hashes?.get(file);
      if (hashes !== undefined && sha256 === undefined) {
        throw new ModelFileError(`${join(folder, 'certificate.json')} has no entry for ${preview(file)}`);
      }
      return [name, { path: resolveInside(folder, file), sha256 }];
    }),
  );
  const embedder = new ExportedEmbedder({ files, modules, maxActiveDims: config.max_active_dims ?? null });
  try {
    await embedder.read();
  } catch (error) {
    await embedder.dispose();
    throw error;
  }
  return embedder;
}

/** Whether a model has transformers without weights: it can only encode, through its exported files. */
export function lacksWeights(modules: readonly Module[]): boolean {
  return leavesOf(modules).some(
    ({ module }) => module.modelConfig !== undefined && module.parameters.entries().length === 0,
  );
}

/**
 * @param asked the operation that needs weights
 * @throws UsageError if the model was exported or is disposed
 */
export function requireWeights(asked: string, embedder: Embedder, lifetime: Lifetime): void {
  lifetime.require(asked);
  if (!(embedder instanceof ExportedEmbedder)) return;
  throw new UsageError(
    `${asked} needs the weights, and this is an exported model, which encodes only; load the model that it was exported from`,
  );
}

export interface ExportedOptions {
  readonly files: OnnxFiles;
  readonly modules: readonly Module[];
  /** The most active dimensions in the export; null means no limit. */
  readonly maxActiveDims: number | null;
}

/** Computes embeddings with exported files, one for each route of a Router. Each is opened when it is needed. */
export class ExportedEmbedder implements Embedder {
  readonly #files: OnnxFiles;
  readonly #router: RoutedModule | undefined;
  readonly #routes: ReadonlyMap<string | undefined, Route>;
  readonly #maxActiveDims: number | null;
  /** Models that were read and are not yet in a session. */
  readonly #models = new Map<string, CheckedModel>();
  readonly #sessions = new Map<string, Promise<OnnxSession>>();

  constructor({ files, modules, maxActiveDims }: ExportedOptions) {
    const [first] = modules;
    this.#files = files;
    this.#router = isRouted(first) ? first : undefined;
    this.#routes = new Map(routesOf(modules).map((route) => [route.name, route]));
    this.#maxActiveDims = maxActiveDims;
  }

  /** Reads the existing files. Their sessions are made when they are needed. */
  async read(): Promise<void> {
    for (const [route, file] of this.#files) {
      if (!existsSync(file.path)) continue;
      this.#models.set(file.path, readOnnx(file.path, file));
      // If a model has further files, only its session reads them, so it is made now.
      if (typeof this.#models.get(file.path) === 'string') await this.#session(route);
    }
  }

  /** @throws UsageError if more active dimensions are requested than the file has, or a prompt is not to be pooled */
  async embed(batch: TokenBatch, { task, maxActiveDims, promptLength }: BatchFacts): Promise<SparseMatrix> {
    const name = this.#router?.routeFor(task, TEXT);
    const { modules = [] } = this.#routes.get(name) ?? {};
    if (promptLength !== undefined && leavesOutPrompts(modules)) {
      throw new UsageError(
        'Pooling leaves out the tokens of a prompt, whose number an exported graph does not know; expected no prompt, or the model that was exported',
      );
    }
    this.#requireWithin(maxActiveDims, activeDimsOf(modules));
    const session = await this.#session(name);
    return await session.embed(batch, dimensionOf(modules) ?? 0);
  }

  /** @param own the number of active dimensions that the route's auto-encoder leaves if the file has no other limit */
  #requireWithin(asked: number | undefined, own: number): void {
    const limit = this.#maxActiveDims ?? own;
    const isWithin = asked === undefined ? this.#maxActiveDims === null : asked <= limit;
    if (isWithin) return;
    const told = asked === undefined ? 'no limit of active dimensions is' : `${asked} active dimensions are`;
    throw new UsageError(`${told} requested; this model was exported with at most ${limit}`);
  }

  #session(route: string | undefined): Promise<OnnxSession> {
    const file = this.#files.get(route);
    if (file === undefined) throw new UsageError(`no file was exported for the route "${route}"`);
    const { path } = file;
    const known = this.#sessions.get(path);
    if (known !== undefined) return known;
    const model = this.#models.get(path);
    this.#models.delete(path);
    const opened = model === undefined ? OnnxSession.open(path, file) : OnnxSession.start(path, model);
    this.#sessions.set(path, opened);
    // A session that failed to open need not be released, and next time the file may exist.
    opened.catch(() => this.#sessions.delete(path));
    return opened;
  }

  async dispose(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    this.#models.clear();
    await Promise.all(sessions.map(async (session) => (await session).dispose()));
  }
}
