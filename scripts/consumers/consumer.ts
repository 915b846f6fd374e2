import { z } from 'zod';
import { type ExportFormat, FORMATS } from '../../src/export/formats.js';
import type { ExportedGraph } from './exported-graph.js';

export const EVERY_FORMAT = Object.keys(FORMATS) as ExportFormat[];

/** A runtime or library that opens exported folders, tried by what a user of it would write. */
export interface Consumer {
  readonly summary: string;
  readonly formats: readonly ExportFormat[];
  /** Whether it takes the two graphs of a model that treats queries and documents differently. */
  readonly tasks: boolean;
  /** It pools logits itself, and so takes no other models. */
  readonly spladeOnly?: boolean;
  /** A sentence on what else it cannot do with a graph, if there is anything. */
  readonly refusal?: (graph: ExportedGraph) => string | undefined;
  /** Texts of which it makes other token ids, and that say nothing about the model then; without it, that is a fault. */
  readonly otherTokens?: string;
  /**
   * @throws ConsumerUnavailableError, ReferenceUnavailableError where what it needs is not here
   */
  run(trial: Trial): Promise<Outcome>;
}

export interface Trial {
  readonly graph: ExportedGraph;
  readonly texts: readonly string[];
  /** A line on what is being done that may take long. */
  readonly log: (line: string) => void;
  /** Path of the browser; without it, one that is found. */
  readonly chromium?: string;
  /** Folder for a picture of the page, for consumers that have one. */
  readonly screenshot?: string;
}

/** What a consumer made of the texts; also what programs in other processes print as JSON. */
export const outcome = z.object({
  /** Version of the consumer, and of the runtime below it. */
  version: z.string(),
  loadSeconds: z.number(),
  /** All texts. */
  encodeSeconds: z.number(),
  embeddings: z.array(z.object({ indices: z.array(z.number()), values: z.array(z.number()) })),
  /** Token ids of each text, where the consumer shows them. */
  ids: z.array(z.array(z.number())).optional(),
});

export type Outcome = z.infer<typeof outcome>;
