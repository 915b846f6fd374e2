import type { OnnxModel } from '../../onnx/model.js';

/**
 * onnxruntime-node 1.30 copies every output of a run into a new array, also where the caller gave it one to write
 * to: 10 ms for 31 MB here, as long as several operators over that tensor. It goes through the outputs in their
 * order after the run is done, and stops at one it cannot represent. So a program's first output is an empty
 * sequence: the run ends in an error about that one, with all others in the arrays they were given. Versions that
 * represent sequences, or that do not copy, return instead, and the arrays hold the same.
 */
const FENCE = 'fence';

const REFUSED = 'Non tensor type is temporarily not supported';

export function fenced(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const node = { op: 'SequenceEmpty', name: FENCE, inputs: [], outputs: [FENCE], attributes: {} };
  const output = { name: FENCE, type: 'float32', dims: [], unknown: 'type' } as const;
  return {
    ...model,
    graph: { ...graph, nodes: [...graph.nodes, node], outputs: [output, ...graph.outputs] },
  };
}

/** Runs to the fence: `fetches` are written. */
export async function runToFence<Tensor>(
  run: (fetches: Record<string, Tensor | null>) => Promise<unknown>,
  fetches: Record<string, Tensor>,
): Promise<void> {
  try {
    await run({ [FENCE]: null, ...fetches });
  } catch (error) {
    if (!(error instanceof Error && error.message.includes(REFUSED))) throw error;
  }
}
