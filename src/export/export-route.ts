import { leavesOutPrompts, type Route, routesOf } from '../encoder/exported/routes.js';
import { describeModule } from '../encoder/model-card.js';
import { dimensionOf } from '../encoder/module-tree.js';
import { promptForTask, resolvePrompt } from '../encoder/prompts.js';
import type { SparseEncoder } from '../encoder/sparse-encoder.js';
import { type TextInput, textInput } from '../encoder/text-input.js';
import { UsageError } from '../errors.js';
import type { OnnxModel } from '../onnx/model.js';
import { quantizeDynamic } from '../onnx/rewrite/quantize-dynamic.js';
import { toFloat16 } from '../onnx/rewrite/to-float16.js';
import { packageVersion } from '../version.js';
import { hashOfFiles, licenseOf, metadataOf } from './metadata.js';
import { atOpset } from './opset.js';
import type { ResolvedExportOptions } from './options.js';
import { recordRoute } from './record.js';
import { withMaxActiveDims, withSparseOutputs } from './sparse-outputs.js';

/** The graph of a route through an encoder. */
export interface ExportedRoute extends Route {
  readonly model: OnnxModel;
  readonly input: TextInput;
  readonly dimensions: number;
  /** The prompt before each text; it is not a part of the graph. */
  readonly prompt: string;
}

/** The graphs of an encoder. */
export async function exportRoutes(
  encoder: SparseEncoder,
  options: ResolvedExportOptions,
): Promise<ExportedRoute[]> {
  const routes = routesOf(encoder.contents().modules);
  const exported: ExportedRoute[] = [];
  for (const [index, route] of routes.entries()) {
    options.onProgress?.(`recording ${route.file}`, (0.4 * index) / routes.length);
    exported.push(await exportRoute(encoder, route, options));
  }
  return exported;
}

async function exportRoute(
  encoder: SparseEncoder,
  route: Route,
  options: ResolvedExportOptions,
): Promise<ExportedRoute> {
  const { modules, maxSeqLength, readme } = encoder.contents();
  const { format, opset, precision, target } = options;
  const input = textInput(modules, route.task, maxSeqLength);
  const prompt = promptOf(encoder, route);
  requirePromptless(route, prompt);
  const maxActiveDims = options.maxActiveDims ?? encoder.maxActiveDims;
  const dimensions = dimensionOf(route.modules);
  if (dimensions === undefined) {
    throw new UsageError('no module says how many dimensions an embedding has; encode a text first');
  }
  const recorded = await recordRoute(
    {
      modules: route.modules,
      takesTokenTypes: input.tokenizer.modelInputNames.includes('token_type_ids'),
      facts: maxActiveDims === null ? {} : { maxActiveDims },
      target,
    },
    format,
  );
  const finished = inPrecision(withOutputs(recorded, options, maxActiveDims, dimensions), route, options);
  const metadata = metadataOf({
    format,
    precision,
    target,
    route: route.name,
    modules: route.modules.flatMap((module) => describeModule(module, '')),
    dimensions,
    maxLength: input.maxLength,
    maxActiveDims,
    prompt,
    tokenizerSha256: hashOfFiles(input.tokenizer.files),
    license: licenseOf(readme),
  });
  return {
    ...route,
    input,
    prompt,
    dimensions,
    model: { ...atOpset(finished, opset), producerVersion: packageVersion(), metadata },
  };
}

function withOutputs(
  recorded: OnnxModel,
  { format }: ResolvedExportOptions,
  maxActiveDims: number | null,
  dimensions: number,
): OnnxModel {
  const { graph } = recorded;
  if (format === 'logits') return recorded;
  const limited = maxActiveDims === null ? graph : withMaxActiveDims(graph, maxActiveDims, dimensions);
  return { ...recorded, graph: format === 'sparse' ? withSparseOutputs(limited) : limited };
}

function inPrecision(
  model: OnnxModel,
  { modules }: Route,
  { precision, floatOutputs }: ResolvedExportOptions,
): OnnxModel {
  // A table of weights by token takes a megabyte, and nothing is multiplied.
  const isTable = modules.every(({ modelConfig }) => modelConfig === undefined);
  if (precision === 'fp32' || isTable) return model;
  return precision === 'int8' ? quantizeDynamic(model) : toFloat16(model, { floatOutputs });
}

/** As in `encodeQuery`, `encodeDocument` and `encode`. */
function promptOf({ prompts, defaultPromptName }: SparseEncoder, { task }: Route): string {
  if (task === 'query' || task === 'document') return promptForTask(task, prompts, defaultPromptName);
  return resolvePrompt({}, prompts, defaultPromptName);
}

/** A graph has no input for the number of a prompt's tokens. */
function requirePromptless({ modules }: Route, prompt: string): void {
  if (prompt === '' || !leavesOutPrompts(modules)) return;
  throw new UsageError(
    `Pooling leaves out the tokens of the prompt ${JSON.stringify(prompt)}, whose number a graph from token ids does not know; it can be exported without a prompt, or with include_prompt true`,
  );
}
