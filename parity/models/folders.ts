import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../src/api/training.js';
import { variablesOf } from '../../src/encoder/module-tree.js';
import { SparseEncoder } from '../../src/index.js';
import type { Reference } from '../../src/python/bridge.js';
import { environmentsFolder } from '../../src/python/managed-environment.js';
import { tf } from '../../src/tf.js';
import { fixturesFolder } from '../fixtures.js';

export type ModelFamily = 'SPLADE' | 'CSR' | 'inference-free';

/** What preparing a model may use. */
export interface Workplace {
  /** For new folders. */
  readonly folder: string;
  readonly seed: number;
  readonly reference: Pick<Reference, 'call'>;
}

/** A model that both sides can open. */
export interface ModelSource {
  readonly name: string;
  readonly family: ModelFamily;
  readonly backbone: string;
  /** Whether it is large: it then gets fewer and shorter texts, and one loss. */
  readonly large?: boolean;
  /**
   * Whether another model with the same kind of network is compared on all losses. One loss then shows that its
   * gradients are right, too.
   */
  readonly sameNetwork?: boolean;
  /** Its folder; undefined if it is not available on this machine. */
  readonly open: (workplace: Workplace) => Promise<string | undefined>;
}

const fixture = (name: string): string => join(fixturesFolder(), 'models', name);

const saved = (name: string, family: ModelFamily, backbone = 'BERT'): ModelSource => ({
  name,
  family,
  backbone,
  open: async () => fixture(name),
});

/** A network that other models here have as well, in another format or with other settings. */
const otherwise = (model: ModelSource): ModelSource => ({ ...model, sameNetwork: true });

type Settings = Readonly<Record<string, unknown>>;

/**
 * A model of our own: a fixture as this package opens it, with other settings and random parameters on request, saved
 * by this package. The reference opens the folder.
 */
function own(
  name: string,
  family: ModelFamily,
  {
    from,
    settings = {},
    random = false,
  }: { from: string; settings?: Record<string, Settings>; random?: boolean },
  backbone = 'BERT',
): ModelSource {
  return {
    name,
    family,
    backbone,
    open: async ({ folder, seed }) => {
      const [copy, made] = [join(folder, `${name}-copy`), join(folder, name)];
      cpSync(fixture(from), copy, { recursive: true });
      for (const [file, changes] of Object.entries(settings)) changeSettings(join(copy, file), changes);
      const encoder = await SparseEncoder.load(copy);
      if (random) drawParameters(encoder, seed);
      await encoder.save(made);
      await encoder.dispose();
      return made;
    },
  };
}

/** In the text, since parsing would turn 2.0, which the reference requires, into 2. */
function changeSettings(file: string, changes: Settings): void {
  let text = readFileSync(file, 'utf8');
  for (const [key, value] of Object.entries(changes)) {
    const setting = new RegExp(`("${key}"\\s*:\\s*)[^,\\n]+`);
    if (!setting.test(text)) throw new Error(`${file} has no ${key}`);
    text = text.replace(setting, `$1${JSON.stringify(value)}`);
  }
  writeFileSync(file, text);
}

/** Moves every parameter far, and sets counters of dead latents anywhere between fresh and dead. */
function drawParameters(encoder: SparseEncoder, seed: number): void {
  const random = seededRandom(seed);
  const uniform = (): number => random.below(2 ** 24) / 2 ** 23 - 1;
  for (const variable of variablesOf(encoder.modules)) {
    tf.tidy(() => {
      const { dtype, size, shape } = variable;
      const whole = Int32Array.from({ length: size }, () => random.below(60));
      const change = tf.tensor(
        Float32Array.from({ length: size }, () => 0.2 * uniform()),
        shape,
      );
      variable.assign(dtype === 'int32' ? tf.tensor(whole, shape, 'int32') : variable.add(change));
    });
  }
}

/** Real weights, if the Python in use has them. */
const MINILM: ModelSource = {
  name: 'splade-minilm',
  family: 'SPLADE',
  backbone: 'BERT (MiniLM)',
  large: true,
  open: async ({ reference }) => {
    const message = { meta: { cache: environmentsFolder() }, tensors: {} };
    const { meta } = await reference.call('models.minilm', message);
    return (meta as { folder: string | null }).folder ?? undefined;
  },
};

/**
 * Every kind of model: models saved by the reference, models saved by us, and one with real weights. Two kinds are
 * compared through the folders that we save: models that become sparse when they are loaded, since they then get a
 * random auto-encoder, and idf.json with a token that no tokenizer knows, since the reference reads it differently.
 */
export const MODEL_SOURCES: readonly ModelSource[] = [
  saved('splade-bert', 'SPLADE'),
  saved('splade-distilbert', 'SPLADE', 'DistilBERT'),
  saved('splade-mpnet', 'SPLADE', 'MPNet'),
  saved('splade-roberta', 'SPLADE', 'RoBERTa'),
  saved('splade-xlm-roberta', 'SPLADE', 'XLM-RoBERTa'),
  saved('splade-modernbert', 'SPLADE', 'ModernBERT'),
  saved('splade-electra', 'SPLADE', 'ELECTRA'),
  saved('splade-albert', 'SPLADE', 'ALBERT'),
  saved('splade-deberta-v2', 'SPLADE', 'DeBERTa-v2'),
  saved('splade-gte', 'SPLADE', 'GTE'),
  saved('splade-sum', 'SPLADE'),
  otherwise(saved('splade-settings', 'SPLADE')),
  otherwise(saved('splade-float16', 'SPLADE')),
  otherwise(saved('splade-bfloat16-sharded', 'SPLADE')),
  otherwise(saved('splade-old-spelling', 'SPLADE')),
  otherwise(saved('masked-language-checkpoint', 'SPLADE')),
  saved('csr', 'CSR'),
  saved('csr-deep', 'CSR'),
  otherwise(saved('csr-old-spelling', 'CSR')),
  saved('inference-free', 'inference-free'),
  otherwise(own('inference-free-idf', 'inference-free', { from: 'inference-free-idf' })),
  otherwise(saved('inference-free-in-root', 'inference-free')),
  otherwise(own('own-in-root', 'inference-free', { from: 'inference-free-in-root' })),
  otherwise(own('dense', 'CSR', { from: 'dense' })),
  otherwise(own('encoder-checkpoint', 'CSR', { from: 'encoder-checkpoint' })),
  own('own-splade', 'SPLADE', {
    from: 'splade-bert',
    random: true,
    settings: {
      'config.json': { hidden_act: 'gelu_new', layer_norm_eps: 1e-3, num_attention_heads: 4 },
      '1_SpladePooling/config.json': { pooling_strategy: 'sum' },
    },
  }),
  otherwise(
    own(
      'own-modernbert',
      'SPLADE',
      { from: 'splade-modernbert', random: true, settings: { 'config.json': { local_attention: 4 } } },
      'ModernBERT',
    ),
  ),
  own('own-csr', 'CSR', {
    from: 'csr',
    random: true,
    settings: { '1_Pooling/config.json': { pooling_mode: 'weightedmean', include_prompt: false } },
  }),
  own('own-inference-free', 'inference-free', { from: 'inference-free', random: true }),
  MINILM,
];
