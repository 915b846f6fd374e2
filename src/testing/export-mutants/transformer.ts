import type { OnnxModel } from '../../onnx/model.js';
import {
  changedNodes,
  changedOp,
  changedTensor,
  changedValue,
  named,
  ofShape,
  valueOf,
} from './graph-surgery.js';
import { BOOL, type Mistake, padded, plus, seen, times } from './mistake.js';

export const ATTENTION: Readonly<Record<string, Mistake>> = {
  'padding-attended': {
    what: 'tokens attend to padding',
    model: 'splade-bert',
    format: 'sparse',
    change: padded(BOOL),
  },
  'scores-unscaled': {
    what: 'attention scores are not divided by the root of the width',
    model: 'splade-bert',
    format: 'dense',
    change: seen((model) =>
      changedTensor(named(valueOf(model, 'Mul', { at: 3, input: 1 })), (data) => data.fill(1 as never)),
    ),
  },
  'softmax-over-queries': {
    what: 'attention is normalized over the wrong axis',
    model: 'splade-bert',
    format: 'dense',
    change: changedNodes('Softmax', (node) => ({ ...node, attributes: { axis: { int: 2 } } }), { at: 0 }),
  },
  'relative-positions-dropped': {
    what: 'MPNet without relative positions',
    model: 'splade-mpnet',
    format: 'dense',
    change: changedTensor(ofShape(32, 2), times(0)),
  },
  'rotation-dropped': {
    what: 'ModernBERT without rotary positions in one layer',
    model: 'splade-modernbert',
    format: 'dense',
    change: changedOp('Sin', 'Cos', { at: 0 }),
  },
  'window-ignored': {
    what: 'ModernBERT’s local layer sees the whole text',
    model: 'splade-modernbert',
    format: 'dense',
    change: changedTensor(
      ({ tensor }) => tensor.type === 'float32' && tensor.dims.length === 0 && tensor.data[0] === 4,
      (data) => data.fill(128 as never),
    ),
  },
};

export const EMBEDDINGS: Readonly<Record<string, Mistake>> = {
  'types-ignored': {
    what: 'the second text of a pair has the token type of the first',
    model: 'splade-bert',
    format: 'dense',
    change: changedValue('token_type_ids_int32', (more, types) =>
      more.add('Mul', [types, more.constant({ type: 'int32', dims: [], data: Int32Array.of(0) })]),
    ),
  },
  'positions-from-one': {
    what: 'the first token has position 1',
    model: 'splade-bert',
    format: 'dense',
    change: changedTensor(ofShape(32, 16), (data) => void data.copyWithin(0, 16)),
  },
  'one-position': {
    what: 'one number of the embedding of the first position is off by 1e-4',
    model: 'splade-bert',
    format: 'dense',
    change: changedTensor(ofShape(32, 16), plus(1e-4)),
  },
  'last-position': {
    what: 'the embedding of the last position, which only the longest texts have, is off by 1e-3',
    model: 'splade-distilbert',
    format: 'dense',
    change: changedTensor(ofShape(32, 16), plus(1e-3, 31 * 16)),
  },
};

export const LAYERS: Readonly<Record<string, Mistake>> = {
  'gelu-by-tanh': {
    what: 'tanh in GELU instead of erf',
    model: 'splade-bert',
    format: 'dense',
    change: changedOp('Erf', 'Tanh', { at: 0 }),
  },
  'norm-epsilon': {
    what: 'the epsilon of layer norms is 1e-5 instead of 1e-12',
    model: 'splade-bert',
    format: 'dense',
    change: seen((model) => changedTensor(named(epsilonOf(model)), (data) => data.fill(1e-5 as never))),
  },
  'norm-weight': {
    what: 'one weight of the last layer norm is off by 1e-4',
    model: 'splade-bert',
    format: 'dense',
    change: changedTensor(ofShape(16), plus(1e-4), { at: -2 }),
  },
  'dense-bias': {
    what: 'one bias of a dense layer is off by 1e-4',
    model: 'splade-modernbert',
    format: 'dense',
    change: changedTensor(ofShape(16), plus(1e-4), { at: 1 }),
  },
  'residual-dropped': {
    what: 'the input of attention is not added to its output',
    model: 'splade-mpnet',
    format: 'dense',
    change: seen((model) => {
      const softmax = model.graph.nodes.findIndex(({ op }) => op === 'Softmax');
      const adds = model.graph.nodes.filter(({ op }, index) => op === 'Add' && index > softmax);
      const residual = adds.find(({ inputs }) => inputs.every((each) => !isTensor(model, each)));
      return changedNodes('Add', (node) => ({ ...node, op: 'Identity', inputs: node.inputs.slice(0, 1) }), {
        where: (node) => node === residual,
      });
    }),
  },
};

const isTensor = ({ graph }: OnnxModel, name: string): boolean =>
  graph.initializers.some((each) => each.name === name);

/** The name of the constant that the first layer norm adds before the root. */
function epsilonOf(model: OnnxModel): string {
  const sum = valueOf(model, 'Sqrt', { at: 0, input: 0 });
  const name = model.graph.nodes.find(({ outputs }) => outputs.includes(sum))?.inputs[1];
  if (name === undefined) throw new Error('the graph has no layer norm');
  return name;
}
