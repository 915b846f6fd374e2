import { lossComponents } from '../../src/api/losses.js';
import { type Module, tokenLogits } from '../../src/api/modules.js';
import { sparseToDense } from '../../src/api/sparse.js';
import { compile, type Features, type LossValue, totalLoss } from '../../src/index.js';
import type { WireTensor } from '../../src/python/exchange.js';
import { tf } from '../../src/tf.js';
import type { CaseOutcome } from '../case.js';
import { type Implementation, OURS } from '../implementation.js';
import { buildLoss, toTensor, toWire } from '../run-case.js';
import type { CaseLoss, ModelCase } from './model-case.js';
import type { Subject } from './subject.js';

/** Our results for a case. An error is an outcome, too. */
export async function ourOutcome(
  subject: Subject,
  one: ModelCase,
  implementation: Implementation = OURS,
): Promise<CaseOutcome> {
  subject.reset();
  try {
    if (one.check === 'encode') return outcome([], await embeddings(subject, one));
    const columns = await preprocess(subject, one);
    try {
      if (one.loss === undefined) return outcome([], await featuresAfterModules(subject, columns));
      return await differentiate(subject, columns, one.loss, implementation);
    } finally {
      tf.dispose(columns as tf.TensorContainer);
    }
  } catch (error) {
    const { name: type, message } = error instanceof Error ? error : new Error(String(error));
    return { error: { type, message }, componentNames: [], tensors: new Map() };
  }
}

type Named = (readonly [name: string, tensor: WireTensor])[];

const outcome = (componentNames: readonly string[], tensors: Named): CaseOutcome => ({
  componentNames,
  tensors: new Map(tensors),
});

async function embeddings({ encoder }: Subject, { columns, batchSize }: ModelCase): Promise<Named> {
  const texts = columns[0]?.texts ?? [];
  const dense = async (method: 'encode' | 'encodeQuery' | 'encodeDocument'): Promise<WireTensor> => {
    const matrix = await encoder[method](texts, { batchSize });
    return { dtype: 'float32', shape: [matrix.rows, matrix.columns], data: sparseToDense(matrix) };
  };
  return [
    ['encode', await dense('encode')],
    ['encode_query', await dense('encodeQuery')],
    ['encode_document', await dense('encodeDocument')],
  ];
}

async function preprocess({ encoder }: Subject, { columns }: ModelCase): Promise<Features[]> {
  const features: Features[] = [];
  for (const { texts, prompt, task } of columns) {
    features.push(await encoder.preprocess(texts, { prompt, ...(task !== null && { task }) }));
  }
  return features;
}

const train = (module: Module, features: Features): Features => module.forward(features, { mode: 'train' });

/** Every numeric tensor that a module adds, in mode `train` without dropout, with 0 at padding. */
async function featuresAfterModules({ modules, parameters }: Subject, columns: Features[]): Promise<Named> {
  const program = compile(
    (given: Features[]) => {
      const made = new Map<string, tf.Tensor>();
      // Counters advance only if gradients are requested; those of the last parameter are the cheapest.
      const { value, grads } = tf.variableGrads(() => {
        const ends = given.map((start, column) =>
          modules.reduce((features, module, index) => {
            const after = train(module, features);
            for (const [name, tensor] of comparable(after, features)) {
              made.set(`feature/${column}/${index}.${name}`, tf.keep(tensor));
            }
            return after;
          }, start),
        );
        return tf.addN(ends.map(({ sentenceEmbedding }) => (sentenceEmbedding as tf.Tensor).sum()));
      }, trained(parameters).slice(-1));
      tf.dispose([value, grads]);
      return Object.fromEntries(made);
    },
    { name: 'features' },
  );
  const made = await program(columns);
  await program.dispose();
  return await wired(Object.entries(made));
}

/** Features in the reference's form: with the logits of a masked language model. */
function comparable(after: Features, before: Features): [string, tf.Tensor][] {
  const { predictionStates, decoderWeight: _w, decoderBias: _b, ...rest } = after;
  const isNew = predictionStates !== undefined && before.predictionStates === undefined;
  const all = isNew ? { ...rest, tokenEmbeddings: tokenLogits(after) } : rest;
  const mask = after.attentionMask?.toFloat().expandDims(2);
  return Object.entries(all).flatMap(([name, value]): [string, tf.Tensor][] => {
    if (!(value instanceof tf.Tensor) || value.dtype !== 'float32' || value === before[name]) return [];
    return [[name, value.rank === 3 && mask !== undefined ? value.mul(mask) : value.clone()]];
  });
}

async function differentiate(
  { modules, parameters }: Subject,
  columns: Features[],
  loss: CaseLoss,
  implementation: Implementation,
): Promise<CaseOutcome> {
  const variables = trained(parameters);
  const model = {
    forward: (features: Features) => modules.reduce((made, module) => train(module, made), features),
    trainableVariables: () => variables,
  };
  const { wrapper } = buildLoss(loss, implementation, model);
  const names: string[] = [];
  const program = compile(
    (given: Features[], labels: tf.Tensor | null) => {
      const seen: tf.Tensor[] = [];
      const { value, grads } = tf.variableGrads(() => {
        const components = lossComponents((wrapper as Forward).forward(given, labels ?? undefined));
        names.splice(0, names.length, ...Object.keys(components));
        seen.push(tf.keep(tf.stack(Object.values(components))));
        return totalLoss(components);
      }, variables);
      const gradients = parameters.map(({ variable }) => grads[variable.name] ?? tf.zerosLike(variable));
      return { value, components: seen[0] as tf.Tensor, gradients };
    },
    { name: 'loss' },
  );
  const labels = loss.labels === null ? null : toTensor(loss.labels);
  try {
    const { value, components, gradients } = await program(columns, labels);
    const tensors = await wired([
      ['value', value],
      ['components', components],
      ...parameters.map(({ name }, i) => [`gradient/0.${name}`, gradients[i] as tf.Tensor] as const),
    ]);
    return outcome(names, tensors);
  } finally {
    labels?.dispose();
    await program.dispose();
  }
}

interface Forward {
  forward(features: Features[], labels?: tf.Tensor): LossValue;
}

const trained = (parameters: Subject['parameters']): tf.Variable[] =>
  parameters.flatMap(({ variable }) => (variable.trainable ? [variable] : []));

async function wired(named: readonly (readonly [string, tf.Tensor])[]): Promise<Named> {
  const made = await Promise.all(named.map(async ([name, tensor]) => [name, await toWire(tensor)] as const));
  tf.dispose(named.map(([, tensor]) => tensor));
  return made;
}
