import type { ExportedGraph } from '../exported-graph.js';

/** A graph for the page, with paths relative to the page. */
export interface SiteGraph extends Pick<
  ExportedGraph,
  | 'task'
  | 'format'
  | 'inputNames'
  | 'maxLength'
  | 'addSpecialTokens'
  | 'pooling'
  | 'maxActiveDims'
  | 'hasTokens'
> {
  readonly model: string;
  /** Files with weights beside the model. */
  readonly externalData: readonly string[];
  readonly tokenizer: string;
}

/** site.json, which tells the page which files are beside it. */
export interface Site {
  readonly name: string;
  readonly graphs: readonly SiteGraph[];
}

export const BACKENDS = ['wasm', 'webgpu'] as const;
export type Backend = (typeof BACKENDS)[number];
