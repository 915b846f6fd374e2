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

/** Files of the routes of an encoder; undefined is that of one without routes. */
export type OnnxFiles = ReadonlyMap<string | undefined, OnnxFile>;

/**
 * What runs the exported files of a folder whose weights are in them; else undefined. Reads the files that are there, so
 * that all of the encoder is of the same export; a route whose file is not there cannot be taken.
 *
 * @throws ModelFileError for a file that is not as its certificate says, or has operators that exports do not have
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
        throw new ModelFileError(`${join(folder, 'certificate.json')} says nothing of ${preview(file)}`);
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

/** Whether a model has transformers without weights: it can only encode, by its exported files. */
export function lacksWeights(modules: readonly Module[]): boolean {
  return leavesOf(modules).some(
    ({ module }) => module.modelConfig !== undefined && module.parameters.entries().length === 0,
  );
}

/**
 * @param asked what does not work without weights
 * @throws UsageError for the embedder of an exported model, and of a model that is disposed
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
  /** The most active dimensions that the files were exported with; null means no limit. */
  readonly maxActiveDims: number | null;
}

/** Embeddings by exported files, one for each route of a Router, each opened when it is needed. */
export class ExportedEmbedder implements Embedder {
  readonly #files: OnnxFiles;
  readonly #router: RoutedModule | undefined;
  readonly #routes: ReadonlyMap<string | undefined, Route>;
  readonly #maxActiveDims: number | null;
  /** What was read and is not yet in a session. */
  readonly #models = new Map<string, CheckedModel>();
  readonly #sessions = new Map<string, Promise<OnnxSession>>();

  constructor({ files, modules, maxActiveDims }: ExportedOptions) {
    const [first] = modules;
    this.#files = files;
    this.#router = isRouted(first) ? first : undefined;
    this.#routes = new Map(routesOf(modules).map((route) => [route.name, route]));
    this.#maxActiveDims = maxActiveDims;
  }

  /** Reads the files that are there. Sessions are made of them when they are needed. */
  async read(): Promise<void> {
    for (const [route, file] of this.#files) {
      if (!existsSync(file.path)) continue;
      this.#models.set(file.path, readOnnx(file.path, file));
      // What lies in further files is read by the session.
      if (typeof this.#models.get(file.path) === 'string') await this.#session(route);
    }
  }

  /** @throws UsageError for more active dimensions than the file has, and for a prompt that is not to be pooled */
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

  /** @param own the active dimensions that the route's auto-encoder leaves where the file has no other limit */
  #requireWithin(asked: number | undefined, own: number): void {
    const limit = this.#maxActiveDims ?? own;
    const isWithin = asked === undefined ? this.#maxActiveDims === null : asked <= limit;
    if (isWithin) return;
    const told = asked === undefined ? 'no limit of active dimensions is' : `${asked} active dimensions are`;
    throw new UsageError(`${told} asked for; this model was exported with at most ${limit}`);
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
    // What was not opened is not to be released, and the next time the file may be there.
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
