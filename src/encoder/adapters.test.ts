import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { exportOnnx } from '../export/export-onnx.js';
import type { LoraOptions } from '../modules/lora/lora-config.js';
import { sparseStaticEmbedding } from '../modules/sparse-static-embedding.js';
import { sparseToDense } from '../sparse/to-dense.js';
import { modelFixture } from '../testing/new-encoders.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import { SparseEncoder } from './sparse-encoder.js';

const TEXTS = ['a cloud of particles', 'dog'];
const OPTIONS: LoraOptions = { r: 4, loraAlpha: 12, targetModules: ['query', 'dense'] };

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-adapters-'));
  await setEngine('onnx');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const load = (name = 'splade-bert'): Promise<SparseEncoder> => SparseEncoder.load(modelFixture(name));
const encoded = async (model: SparseEncoder): Promise<Float32Array> =>
  sparseToDense(await model.encode(TEXTS));
const apart = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, x, at) => Math.max(most, Math.abs(x - (b[at] ?? Number.NaN))), 0);

/** With an adapter whose B is not zero. */
async function adapted(options: LoraOptions = OPTIONS): Promise<SparseEncoder> {
  const model = await load();
  model.addAdapter(options);
  for (const [name, variable] of model.namedParameters()) {
    if (name.includes('lora_B')) tf.tidy(() => variable.assign(tf.fill(variable.shape, 0.3)));
  }
  return model;
}

async function embedding(model: SparseEncoder, mode: 'train' | 'eval'): Promise<Float32Array> {
  const features = await model.preprocess(TEXTS);
  model.mode = mode;
  const made = model.forward(features)['sentenceEmbedding'] as tf.Tensor;
  return (await made.data()) as Float32Array;
}

describe('an adapter', () => {
  it('changes nothing at first, and only it is trainable', async () => {
    const model = await load();
    const before = await encoded(model);
    const variables = model.trainableVariables();
    model.addAdapter(OPTIONS);
    expect(await encoded(model)).toEqual(before);
    const trainable = new Set(model.trainableVariables());
    const names = model
      .namedParameters()
      .flatMap(([name, variable]) => (trainable.has(variable) ? [name] : []));
    expect(names).toHaveLength(trainable.size);
    expect(names.filter((name) => !/\.lora_[AB]\.default\.weight$/.test(name))).toEqual([]);
    // Four dense layers and the query of two layers, and the dense layer of the head.
    expect(names).toHaveLength(2 * (2 * 4 + 1));
    expect(variables.filter((variable) => trainable.has(variable))).toEqual([]);
    for (const [name, variable] of model.namedParameters()) {
      if (!trainable.has(variable)) continue;
      const largest = Math.max(...(await variable.abs().data()));
      // A is uniform within 1 / sqrt(16), or 1 / sqrt(32) for the layer that narrows.
      expect(largest > (name.includes('lora_B') ? -1 : 0.1) && largest < 0.25, name).toBe(true);
      expect(largest === 0, name).toBe(name.includes('lora_B'));
    }
    await model.dispose();
  });

  it('adds loraAlpha / r times the product of B and A to the matrices', async () => {
    const [model, plain] = [await adapted(), await load()];
    expect(apart(await encoded(model), await encoded(plain))).toBeGreaterThan(0.01);
    const named = new Map(model.namedParameters());
    for (const [name, variable] of plain.namedParameters()) {
      const layer = /(.*)\.weight$/.exec(name)?.[1] ?? '';
      const [a, b] = ['A', 'B'].map((part) => named.get(`${layer}.lora_${part}.default.weight`));
      if (a === undefined || b === undefined) continue;
      expect([a.shape[0], b.shape[1]]).toEqual([4, 4]);
      tf.tidy(() => variable.assign(variable.add(tf.matMul(b as tf.Tensor2D, a as tf.Tensor2D).mul(12 / 4))));
    }
    const [found, expected] = [await encoded(model), await encoded(plain)];
    expect(apart(found, expected)).toBeLessThan(1e-5);
    model.mergeAdapter();
    expect(apart(await encoded(model), expected)).toBeLessThan(1e-5);
    await Promise.all([model.dispose(), plain.dispose()]);
  });

  it('with useRslora, it is scaled by loraAlpha / sqrt(r)', async () => {
    const [rank, plain] = [
      await adapted({ ...OPTIONS, useRslora: true, loraAlpha: 6 }),
      await adapted({ ...OPTIONS, loraAlpha: 12 }),
    ];
    // 6 / sqrt(4) = 12 / 4
    expect(apart(await encoded(rank), await encoded(plain))).toBe(0);
    await Promise.all([rank.dispose(), plain.dispose()]);
  });

  it('has dropout in mode train alone', async () => {
    const [model, without] = [await adapted({ ...OPTIONS, loraDropout: 0.5 }), await adapted()];
    expect(apart(await embedding(model, 'eval'), await embedding(without, 'eval'))).toBe(0);
    expect(await encoded(model)).toEqual(await encoded(without));
    for (const each of [model, without]) each.dropout.restart(3);
    expect(apart(await embedding(model, 'train'), await embedding(without, 'train'))).toBeGreaterThan(0.01);
    await Promise.all([model.dispose(), without.dispose()]);
  });

  it('after merging, the parameters have their names again and are trainable, and no tensor is left', async () => {
    const model = await load();
    const names = model.namedParameters().map(([name]) => name);
    const [tensors, trainable] = [tf.memory().numTensors, model.trainableVariables().length];
    model.addAdapter({ ...OPTIONS, bias: 'all' });
    model.mergeAdapter();
    expect(tf.memory().numTensors).toBe(tensors);
    expect(model.namedParameters().map(([name]) => name)).toEqual(names);
    expect(model.trainableVariables()).toHaveLength(trainable);
    expect(model.hasAdapter).toBe(false);
    await model.dispose();
  });

  it('gradients are the same with gradient checkpointing', async () => {
    const model = await adapted();
    const features = await model.preprocess(TEXTS);
    model.mode = 'train';
    const gradients = async (): Promise<Float32Array[]> => {
      const restart = model.captureRandomState();
      const { grads } = tf.variableGrads(
        () => (model.forward(features)['sentenceEmbedding'] as tf.Tensor).square().sum<tf.Scalar>(),
        model.trainableVariables(),
      );
      restart();
      return Promise.all(Object.values(grads).map(async (each) => (await each.data()) as Float32Array));
    };
    const plain = await gradients();
    model.gradientCheckpointing = true;
    const again = await gradients();
    expect(plain).toHaveLength(model.trainableVariables().length);
    plain.forEach((each, at) => expect(apart(each, again[at] ?? each.slice(1))).toBeLessThan(1e-3));
    await model.dispose();
  });
});

describe('the folder of an adapter', () => {
  it('has the adapter alone, and opens as the same model, which can be trained further', async () => {
    const [model, path] = [await adapted({ ...OPTIONS, bias: 'lora_only' }), join(folder, 'saved')];
    await model.save(path);
    await model.save(path, { overwrite: true });
    for (const [name, isThere] of Object.entries({
      'model.safetensors': false,
      'adapter_model.safetensors': true,
    })) {
      expect(existsSync(join(path, name)), name).toBe(isThere);
    }
    expect(JSON.parse(readFileSync(join(path, 'adapter_config.json'), 'utf8'))).toMatchObject({
      base_model_name_or_path: modelFixture('splade-bert'),
      peft_type: 'LORA',
      lora_alpha: 12,
      target_modules: ['query', 'dense'],
    });
    const opened = await SparseEncoder.load(path);
    expect(await encoded(opened)).toEqual(await encoded(model));
    expect(opened.trainableVariables()).toHaveLength(model.trainableVariables().length);
    opened.mergeAdapter();
    await opened.save(join(folder, 'merged'));
    const merged = await SparseEncoder.load(join(folder, 'merged'));
    expect(apart(await encoded(merged), await encoded(model))).toBeLessThan(1e-5);
    await Promise.all([model, opened, merged].map((each) => each.dispose()));
  });

  it('is refused if the weights under the adapter are in no folder', async () => {
    const [model, path] = [await adapted(), join(folder, 'changed')];
    model.mergeAdapter();
    model.addAdapter(OPTIONS);
    await expect(model.save(path)).rejects.toThrow(
      /^save: bert\.encoder\.layer\.0\.attention\.self\.query\.weight differs from .*splade-bert, which the files/,
    );
    expect(existsSync(path)).toBe(false);
    model.mergeAdapter();
    await model.save(path);
    const merged = await SparseEncoder.load(path);
    merged.addAdapter(OPTIONS);
    await merged.save(join(folder, 'second'));
    await Promise.all([model.dispose(), merged.dispose()]);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['another kind', { peft_type: 'IA3' }, /peft_type is "IA3"; expected "LORA"/],
    ['DoRA', { use_dora: true }, /use_dora is true; adapters with this setting are not supported/],
    ['ranks by layer', { rank_pattern: { query: 2 } }, /rank_pattern is/],
    ['no base', { base_model_name_or_path: null }, /base_model_name_or_path is null; expected the folder/],
    [
      'a base that is gone',
      { base_model_name_or_path: '/no/model' },
      /the model of base_model_name_or_path cannot be opened: there is no folder \/no\/model/,
    ],
    ['another rank', { r: 5 }, /lora_A\.weight is \[4, 16\]; expected \[5, 16\]/],
    ['another layer', { target_modules: ['key'] }, /no tensor .*key\.lora_A\.weight \[4, 16\]/],
    ['no layer', { target_modules: ['nope'] }, /adapter_config\.json: targetModules .*fits no linear layer/],
    ['a wrong alpha', { lora_alpha: 'x' }, /lora_alpha is "x"; expected a finite number above 0/],
  ])('with %s is refused', async (name, change, message) => {
    const path = join(folder, `bad ${name}`);
    const model = await adapted();
    await model.save(path);
    await model.dispose();
    const file = join(path, 'adapter_config.json');
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...change }));
    const tensors = tf.memory().numTensors;
    await expect(SparseEncoder.load(path)).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe('an adapter is refused', () => {
  it.each<[string, string, LoraOptions, RegExp]>([
    [
      'a misspelt layer',
      'splade-bert',
      { targetModules: ['querry'] },
      /targetModules has "querry", which fits no linear layer; did you mean "query"\?/,
    ],
    [
      'one good and one bad',
      'splade-bert',
      { targetModules: ['dense', 'nope'] },
      /has "nope", which fits no linear layer \(the linear layers: query, key, value, dense\)/,
    ],
    [
      'an embedding',
      'splade-bert',
      { targetModules: ['word_embeddings'] },
      /word_embeddings cannot be adapted, only linear layers/,
    ],
    [
      'a pattern that fits nothing',
      'splade-bert',
      { targetModules: 'layer' },
      /"layer" fits no linear layer/,
    ],
    [
      'everything excluded',
      'splade-bert',
      { excludeModules: ['query', 'value'] },
      /fits no linear layer that excludeModules leaves/,
    ],
    [
      'no default',
      'splade-distilbert',
      {},
      /is missing, and model_type "distilbert" has no default; the linear layers are q_lin/,
    ],
    [
      'names of another program',
      'splade-gte',
      { targetModules: 'all-linear' },
      /not supported for model_type "gte"/,
    ],
    ['a rank of 0', 'splade-bert', { r: 0 }, /r is 0; expected a whole number of at least 1/],
  ])('%s', async (_, name, options, message) => {
    const model = await load(name);
    const before = model.trainableVariables().length;
    expect(() => model.addAdapter(options)).toThrow(message);
    expect(model.trainableVariables()).toHaveLength(before);
    await model.dispose();
  });

  it('a second adapter, a model without a transformer, an export, and merging nothing', async () => {
    const model = await adapted();
    expect(() => model.addAdapter(OPTIONS)).toThrow('already has an adapter; call mergeAdapter first');
    await expect(exportOnnx(model, { output: join(folder, 'x') })).rejects.toThrow('call mergeAdapter first');
    model.mergeAdapter();
    expect(() => model.mergeAdapter()).toThrow('mergeAdapter: this model has no adapter');
    await exportOnnx(model, { output: join(folder, 'exported') });
    await model.dispose();
    const exported = await SparseEncoder.load(join(folder, 'exported'));
    expect(() => exported.addAdapter(OPTIONS)).toThrow('addAdapter');
    await exported.dispose();
    const untransformed = SparseEncoder.fromModules([
      sparseStaticEmbedding({ tokenizer: await loadTokenizer(modelFixture('splade-bert')) }),
    ]);
    expect(() => untransformed.addAdapter(OPTIONS)).toThrow('this model has no transformer');
    await untransformed.dispose();
  });
});
