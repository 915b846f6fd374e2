import { z } from 'zod';
import { type ExportFormat, FORMATS } from '../../src/export/formats.js';
import type { ExportedGraph } from './exported-graph.js';

export const EVERY_FORMAT = Object.keys(FORMATS) as ExportFormat[];

/** A runtime or library that opens exported folders, used as one of its users would. */
export interface Consumer {
  readonly summary: string;
  readonly formats: readonly ExportFormat[];
  /** Whether it supports the two graphs of a model that treats queries and documents differently. */
  readonly tasks: boolean;
  /** Whether it pools logits itself, and so supports no other models. */
  readonly spladeOnly?: boolean;
  /** A sentence on what else it does not support in a graph, if anything. */
  readonly refusal?: (graph: ExportedGraph) => string | undefined;
  /**
   * Texts for which it makes other token ids, which then say nothing about the model. Without this, other ids are a
   * fault.
   */
  readonly otherTokens?: string;
  /**
   * @throws ConsumerUnavailableError, ReferenceUnavailableError if something that it needs is missing
   */
  run(trial: Trial): Promise<Outcome>;
}

export interface Trial {
  readonly graph: ExportedGraph;
  readonly texts: readonly string[];
  /** Reports a step that may take long. */
  readonly log: (line: string) => void;
  /** Path of the browser. Default: the first one found. */
  readonly chromium?: string;
  /** Folder for a picture of the page, for consumers that have one. */
  readonly screenshot?: string;
}

/** The results of a consumer for the texts; programs in other processes print them as JSON. */
export const outcome = z.object({
  /** Version of the consumer, and of the runtime below it. */
  version: z.string(),
  loadSeconds: z.number(),
  /** All texts. */
  encodeSeconds: z.number(),
  embeddings: z.array(z.object({ indices: z.array(z.number()), values: z.array(z.number()) })),
  /** Token ids of each text, if the consumer shows them. */
  ids: z.array(z.array(z.number())).optional(),
});

export type Outcome = z.infer<typeof outcome>;
