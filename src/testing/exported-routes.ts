import { join } from 'node:path';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { pad, tokenize } from '../encoder/text-input.js';
import { type ExportedRoute, exportRoutes } from '../export/export-route.js';
import type { ExportFormat } from '../export/formats.js';
import { resolveExportOptions } from '../export/options.js';
import { TEXTS } from './encoding.js';
import { MODELS } from './files/damaged-model.js';
import type { Feed } from './run-onnx.js';

/** A graph of a tiny model, and a batch of texts for it. */
export interface RouteWithTexts {
  readonly route: ExportedRoute;
  readonly feeds: Readonly<Record<string, Feed>>;
}

/** The float32 graphs of a tiny model, one for each route. */
export async function exportedRoutes(name: string, format: ExportFormat): Promise<RouteWithTexts[]> {
  const encoder = await SparseEncoder.load(join(MODELS, name));
  try {
    const routes = await exportRoutes(encoder, resolveExportOptions({ output: name, format }));
    return await Promise.all(
      routes.map(async (route) => {
        const batch = pad(await tokenize(TEXTS, route.prompt, route.input), route.input);
        const feed = (ids: Int32Array): Feed => ({
          type: 'int64',
          dims: [batch.texts, batch.length],
          data: BigInt64Array.from(ids, BigInt),
        });
        const all: Record<string, Feed> = {
          input_ids: feed(batch.inputIds),
          attention_mask: feed(batch.attentionMask),
          token_type_ids: feed(batch.tokenTypeIds ?? new Int32Array(batch.texts * batch.length)),
        };
        const taken = route.model.graph.inputs.map(({ name: input }) => [input, all[input] as Feed] as const);
        return { route, feeds: Object.fromEntries(taken) };
      }),
    );
  } finally {
    await encoder.dispose();
  }
}
