import { AXES, INPUTS, OUTPUTS } from '../encoder/exported/onnx-names.js';
import { type BatchFacts, forwardThrough } from '../encoder/inference.js';
import { variablesOf } from '../encoder/module-tree.js';
import { recordProgram } from '../engine/compile/record-program.js';
import { type Lowering, withLowering } from '../engine/lowering.js';
import { onOnnx } from '../engine/set-engine.js';
import { codesOnce } from '../engine/term-codes.js';
import { UsageError } from '../errors.js';
import type { Features } from '../features.js';
import type { ForwardOptions, Module } from '../modules/module.js';
import { tokenLogits } from '../modules/splade-pooling.js';
import type { OnnxGraph, OnnxModel, OnnxNode, ValueInfo } from '../onnx/model.js';
import { renameValues } from '../onnx/rewrite/edit-graph.js';
import { tf } from '../tf.js';
import type { ExportFormat, Target } from './formats.js';

/** A route through an encoder. */
export interface RouteToRecord {
  /** Without routers. */
  readonly modules: readonly Module[];
  readonly takesTokenTypes: boolean;
  readonly facts: BatchFacts;
  readonly target: Target;
}

/** The batch size for recording a program, which then serves every size. */
const SAMPLE = { texts: 4, length: 4 } as const;

const INT32 = 6;

/**
 * Records the graph of a route, from int64 ids [batch_size, sequence_length] to float32 outputs. They are those of the
 * format; for `sparse` they are the dense embeddings, the input of `withSparseOutputs`.
 *
 * @throws UsageError if these modules do not support the format
 */
export async function recordRoute(route: RouteToRecord, format: ExportFormat): Promise<OnnxModel> {
  const inputs = inputsOf(route);
  const options = forwardOptions(route);
  const lowering = loweringFor(route.target);
  let outputs: string[] = [];
  const forward = (...tensors: tf.Tensor[]): tf.Tensor[] => {
    const features: Features = {};
    tensors.forEach((tensor, index) => (features[inputs[index] as string] = tensor));
    const made = withLowering(lowering, () => forwardTo(route, features, format, options));
    outputs = Object.keys(made);
    return Object.values(made);
  };
  const { texts, length } = SAMPLE;
  const samples = onOnnx(() => inputs.map(() => tf.zeros([texts, length], 'int32')));
  try {
    const model = await recordProgram(forward, samples, {
      name: 'encoder',
      dimensions: inputs.map(() => AXES),
      frozen: true,
      variables: variablesOf(route.modules),
    });
    return { ...model, graph: withInt64Inputs(withNames(model.graph, inputs, outputs)) };
  } finally {
    tf.dispose(samples);
  }
}

function forwardOptions({ facts: { maxActiveDims } }: RouteToRecord): ForwardOptions {
  return {
    mode: 'inference',
    ...(maxActiveDims !== undefined && { maxActiveDims }),
  };
}

const loweringFor = (target: Target): Lowering =>
  target === 'cpu' ? { quantized: codesOnce() } : { portable: true };

type InputName = keyof typeof INPUTS;

function inputsOf({ takesTokenTypes }: RouteToRecord): InputName[] {
  return ['inputIds', 'attentionMask', ...(takesTokenTypes ? (['tokenTypeIds'] as const) : [])];
}

/** The tensors of a format by their names in the graph. */
function forwardTo(
  { modules }: RouteToRecord,
  features: Features,
  format: ExportFormat,
  options: ForwardOptions,
): Record<string, tf.Tensor> {
  const embed = (from: readonly Module[], given: Features): Record<string, tf.Tensor> => ({
    [OUTPUTS.dense]: forwardThrough(from, given, options).sentenceEmbedding as tf.Tensor,
  });
  if (format === 'sparse' || format === 'dense') return embed(modules, features);
  const [first, ...rest] = modules as [Module, ...Module[]];
  const { predictionStates, ...tokens } = first.forward(features, options);
  if (predictionStates !== undefined) {
    // The embedding is computed from the logits of the output rather than from separate logits.
    const logits = tokenLogits({ ...tokens, predictionStates });
    if (format === 'logits') return { [OUTPUTS.logits]: logits };
    return { [OUTPUTS.logits]: logits, ...embed(rest, { ...tokens, tokenEmbeddings: logits }) };
  }
  if (format === 'logits') {
    throw new UsageError(
      `${first.kind.name} is not a masked language model here and has no logits; export as sparse, dense or all`,
    );
  }
  const { tokenEmbeddings } = tokens;
  return {
    ...(tokenEmbeddings !== undefined && { [OUTPUTS.states]: tokenEmbeddings }),
    ...embed(rest, tokens),
  };
}

/** The recorder numbers its inputs and outputs; this names them. */
function withNames(graph: OnnxGraph, inputs: readonly InputName[], outputs: readonly string[]): OnnxGraph {
  const names = new Map<string, string>();
  inputs.forEach((name, index) => names.set(`arg_${index}`, INPUTS[name]));
  graph.outputs.forEach(({ name }, index) => names.set(name, outputs[index] as string));
  return renameValues(graph, names);
}

/**
 * Token ids are int64, as in every tokenizer library; the program computes with int32. All ids are inputs, even unused
 * ones.
 */
function withInt64Inputs(graph: OnnxGraph): OnnxGraph {
  const casts = graph.inputs.map(({ name }): OnnxNode => ({
    op: 'Cast',
    name: `${name}_cast`,
    inputs: [name],
    outputs: [`${name}_int32`],
    attributes: { to: { int: INT32 } },
  }));
  const internal = new Map(graph.inputs.map(({ name }) => [name, `${name}_int32`]));
  const { nodes } = renameValues(graph, internal);
  const inputs = graph.inputs.map((each): ValueInfo => ({ ...each, type: 'int64' }));
  return { ...graph, inputs, nodes: [...casts, ...nodes] };
}
