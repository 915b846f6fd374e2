import { OUTPUTS } from '../../encoder/exported/onnx-names.js';
import type { OnnxModel } from '../../onnx/model.js';
import {
  type Change,
  changedNodes,
  changedOp,
  changedTensor,
  changedValue,
  float,
  named,
  ofShape,
  valueOf,
} from './graph-surgery.js';
import { BOOL, FLOAT, type Mistake, padded, plus, seen, times } from './mistake.js';

/** The bias of the vocabulary. */
const vocabularyBias = ofShape(300);

export const SPLADE_POOLING: Readonly<Record<string, Mistake>> = {
  'padding-pooled': {
    what: 'the maximum includes padding',
    model: 'splade-bert',
    format: 'sparse',
    change: padded(FLOAT),
  },
  'mask-ignored': {
    what: 'padding is attended to and pooled',
    model: 'splade-distilbert',
    format: 'dense',
    change: padded(BOOL, FLOAT),
  },
  'another-constant': {
    what: 'log(1.0001 + x) instead of log(1 + x)',
    model: 'splade-bert',
    format: 'dense',
    change: seen((model) => {
      const x = valueOf(model, 'Relu', { at: -1 });
      return changedValue(OUTPUTS.dense, (more) =>
        more.add('Log', [more.add('Add', [x, float(more, 1.0001)])]),
      );
    }),
  },
  'log-dropped': {
    what: 'relu(x) instead of log(1 + relu(x))',
    model: 'splade-bert',
    format: 'dense',
    change: seen((model) => {
      const x = valueOf(model, 'Relu', { at: -1 });
      return changedValue(OUTPUTS.dense, (more) => more.add('Identity', [x]));
    }),
  },
  'log-once': {
    what: 'log(1 + x) instead of log(1 + log(1 + x))',
    model: 'splade-sum',
    format: 'dense',
    change: seen((model) => {
      const once = valueOf(model, 'Min', { at: 1, input: 0 });
      return changedNodes(
        'MatMul',
        (node) => ({ ...node, inputs: [node.inputs[0] as string, onceOf(model, once)] }),
        { at: -1 },
      );
    }),
  },
  'relu-dropped': {
    what: 'negative logits also become weights',
    model: 'splade-bert',
    format: 'sparse',
    change: changedOp('Relu', 'Identity', { at: -1 }),
  },
  'relu-as-abs': {
    what: 'negative logits become weights of their absolute value',
    model: 'splade-bert',
    format: 'sparse',
    change: changedOp('Relu', 'Abs', { at: -1 }),
  },
  'bias-dropped': {
    what: 'the logits have no bias',
    model: 'splade-bert',
    format: 'sparse',
    change: changedTensor(vocabularyBias, times(0)),
  },
  'one-bias': {
    what: 'the bias of each tenth term is off by 1e-4',
    model: 'splade-bert',
    format: 'sparse',
    change: changedTensor(vocabularyBias, (data) => {
      for (let term = 0; term < data.length; term += 10) plus(1e-4, term)(data);
    }),
  },
  'mean-for-max': {
    what: 'the mean over the tokens instead of the maximum',
    model: 'splade-bert',
    format: 'sparse',
    change: seen(({ graph }) => {
      const logits = graph.nodes.filter(({ op }) => op === 'MatMul').flatMap(({ outputs }) => outputs);
      return changedNodes('ReduceMax', (node) => ({ ...node, op: 'ReduceMean' }), {
        where: ({ inputs: [x = ''] }) => logits.includes(x),
      });
    }),
  },
  'max-for-sum': {
    what: 'the maximum over the tokens instead of the sum',
    model: 'splade-sum',
    format: 'dense',
    change: seen((model) => {
      const activations = valueOf(model, 'MatMul', { at: -1, input: 1 });
      return changedValue(OUTPUTS.dense, (more) =>
        more.add('ReduceMax', [activations, more.int64s([1])], { keepdims: { int: 0 } }),
      );
    }),
  },
};

function onceOf({ graph }: OnnxModel, plusOne: string): string {
  const name = graph.nodes.find(({ outputs }) => outputs.includes(plusOne))?.inputs[0];
  if (name === undefined) throw new Error('the graph has no second logarithm');
  return name;
}

/** Changes how many weights the last TopK keeps. */
const keeping = (count: number): Change =>
  seen((model) =>
    changedTensor(named(valueOf(model, 'TopK', { at: -1, input: 1 })), (data) =>
      data.fill(BigInt(count) as never),
    ),
  );

export const ACTIVE_DIMENSIONS: Readonly<Record<string, Mistake>> = {
  'one-less': {
    what: '11 active dimensions, although 12 are allowed',
    model: 'splade-settings',
    format: 'sparse',
    change: keeping(11),
  },
  'one-more': {
    what: '13 active dimensions, although only 12 are allowed',
    model: 'splade-settings',
    format: 'sparse',
    change: keeping(13),
  },
  'smallest-kept': {
    what: 'the smallest weights are kept',
    model: 'splade-settings',
    format: 'sparse',
    change: changedOp('Abs', 'Neg', { at: -1 }),
  },
};

export const CSR: Readonly<Record<string, Mistake>> = {
  'padding-pooled': {
    what: 'the mean includes padding',
    model: 'csr',
    format: 'sparse',
    change: padded(FLOAT),
  },
  'padding-attended': {
    what: 'tokens attend to padding',
    model: 'csr',
    format: 'sparse',
    change: padded(BOOL),
  },
  'one-latent-less': {
    what: '7 latents are active instead of 8',
    model: 'csr',
    format: 'sparse',
    change: keeping(7),
  },
  'latent-bias': {
    what: 'one bias of each eighth latent is off by 1e-4',
    model: 'csr',
    format: 'sparse',
    change: changedTensor(ofShape(64), (data) => {
      for (let latent = 0; latent < data.length; latent += 8) plus(1e-4, latent)(data);
    }),
  },
  'tanh-dropped': {
    what: 'a Dense without its tanh',
    model: 'csr-deep',
    format: 'dense',
    change: changedOp('Tanh', 'Identity', { at: -1 }),
  },
};

export const STATIC: Readonly<Record<string, Mistake>> = {
  'counted-twice': {
    what: 'a token that a query has twice counts twice',
    model: 'inference-free',
    format: 'sparse',
    route: 'query',
    change: changedNodes('Min', (node) => ({ ...node, op: 'Identity', inputs: node.inputs.slice(0, 1) }), {
      at: -1,
    }),
  },
  'token-weights': {
    what: 'the weights of tokens are off by a share of 1e-4',
    model: 'inference-free',
    format: 'sparse',
    route: 'query',
    change: changedTensor(
      ({ tensor }) => tensor.type === 'float32' && tensor.data.length === 300,
      times(1.0001),
    ),
  },
  'padding-counted': {
    what: 'padding counts as a token',
    model: 'inference-free',
    format: 'sparse',
    route: 'query',
    change: padded(FLOAT),
  },
};
