import { OUTPUTS } from '../../encoder/exported/onnx-names.js';
import {
  type Change,
  changedNodes,
  changedTensor,
  changedValue,
  inGraph,
  named,
  ofShape,
  valueOf,
} from './graph-surgery.js';
import { type Mistake, plus, seen } from './mistake.js';

export const LOGITS: Readonly<Record<string, Mistake>> = {
  'one-logit': {
    what: 'a term’s logits are off by 1e-3',
    model: 'splade-bert',
    format: 'logits',
    change: changedTensor(ofShape(300), (data) => {
      for (let term = 0; term < data.length; term += 10) plus(1e-3, term)(data);
    }),
  },
  'beside-embedding': {
    what: 'the logits are wrong, but the embeddings are right',
    model: 'splade-bert',
    format: 'all',
    change: changedBeside(OUTPUTS.logits),
  },
  'states-beside-embedding': {
    what: 'the hidden states are wrong, but the embeddings are right',
    model: 'csr',
    format: 'all',
    change: changedBeside(OUTPUTS.states),
  },
};

/** Changes one output, while everything else that is computed from it stays right. */
function changedBeside(output: string): Change {
  return inGraph((graph) => {
    const right = 'right_value';
    const factor = 'wrong_factor';
    const rename = (name: string): string => (name === output ? right : name);
    return {
      ...graph,
      nodes: [
        ...graph.nodes.map((node) => ({
          ...node,
          inputs: node.inputs.map(rename),
          outputs: node.outputs.map(rename),
        })),
        { op: 'Mul', name: 'wrong', inputs: [right, factor], outputs: [output], attributes: {} },
      ],
      initializers: [
        ...graph.initializers,
        { name: factor, tensor: { type: 'float32', dims: [], data: Float32Array.of(1.01) } },
      ],
    };
  });
}

const sparse = (what: string, change: Change): Mistake => ({
  what,
  model: 'splade-bert',
  format: 'sparse',
  change,
});

const one = (more: Parameters<Parameters<typeof changedValue>[1]>[0]): string => more.int64s([1], []);

/** Reverses the order of an output. */
const reversed = (name: string): Change =>
  changedValue(name, (more, right) =>
    more.add('Slice', [
      right,
      more.int64s([-1]),
      more.int64s([-(2 ** 31)]),
      more.int64s([0]),
      more.int64s([-1]),
    ]),
  );

export const SPARSE_OUTPUTS: Readonly<Record<string, Mistake>> = {
  'indices-from-one': sparse(
    'indices count from 1',
    changedValue(OUTPUTS.indices, (more, right) => more.add('Add', [right, one(more)])),
  ),
  'rows-for-indices': sparse(
    'indices are the rows of the entries',
    changedTensor(named('sparse_constant_0'), (data) => data.fill(0n as never)),
  ),
  unsorted: sparse(
    'all entries in the opposite order',
    seen((model) => {
      const places = valueOf(model, 'NonZero', { at: -1 });
      return changedValue(places, (more, right) =>
        more.add('Slice', [
          right,
          more.int64s([-1]),
          more.int64s([-(2 ** 31)]),
          more.int64s([1]),
          more.int64s([-1]),
        ]),
      );
    }),
  ),
  'values-reversed': sparse('values in the opposite order', reversed(OUTPUTS.values)),
  'offsets-without-first': sparse(
    'offsets do not begin with 0',
    changedValue(OUTPUTS.offsets, (more, right) =>
      more.add('Slice', [right, more.int64s([1]), more.int64s([2 ** 31]), more.int64s([0])]),
    ),
  ),
  'offsets-exclusive': sparse(
    'offsets are one row behind',
    changedNodes('CumSum', (node) => ({ ...node, attributes: { exclusive: { int: 1 } } }), { at: -1 }),
  ),
  'offsets-of-lengths': sparse(
    'offsets are the lengths of the rows',
    changedNodes('CumSum', (node) => ({ ...node, op: 'Identity', inputs: node.inputs.slice(0, 1) })),
  ),
  'zeros-counted': sparse(
    'offsets count all dimensions',
    seen((model) =>
      changedValue(valueOf(model, 'Cast', { at: -1 }), (more, right) =>
        more.add('Add', [more.add('Mul', [right, more.int64s([0], [])]), one(more)]),
      ),
    ),
  ),
};
