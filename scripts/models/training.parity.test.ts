import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { packageRoot } from '../../src/package-root.js';
import { findReferencePython } from '../../src/python/environment.js';

const python = findReferencePython();
const MODEL = join(packageRoot(), 'fixtures', 'models', 'splade-bert');

/** The last output of these lines of Python, parsed as JSON. */
function run(program: string, ...args: string[]): unknown {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const lines = execFileSync(
    python ?? '',
    ['-B', '-c', `import sys\nsys.path.insert(0, sys.argv[1])\n${program}`, folder, ...args],
    { encoding: 'utf8', env: { ...process.env, HF_HUB_OFFLINE: '1' } },
  ).trimEnd();
  return JSON.parse(lines.slice(lines.lastIndexOf('\n') + 1));
}

// The loss of a stub is the square of its one parameter.
const STAGES = `
import json
import torch
from training import Recipe, Stage, stage_ends, train

class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))
    def preprocess(self, texts):
        return texts

model, seen = Model(), {"first": [], "second": []}
def stage(name, steps, batch):
    def loss(columns, labels):
        seen[name] += columns[0]
        return model.weight**2
    return Stage(loss, [{"params": [model.weight], "lr": 0.01}], steps, batch)

pairs = [{"anchor": str(i), "positive": f"of {i}"} for i in range(400)]
trained = train(Recipe(model, [stage("first", 50, 2), stage("second", 50, 3)]), pairs, None)
ends = [stage_ends([100, 300], 20), stage_ends([100, 300], None)]
print(json.dumps({"trained": trained, "seen": seen, "ends": ends}))
`;

// The tiny vocabulary is smaller than the sample: every term is compared with every other.
const WORDS = `
import json
import torch
from sentence_transformers import SparseEncoder
from word_loss import LEMMA, OWN, WordLoss

model = SparseEncoder(sys.argv[2], device="cpu").eval()
size = len(model.tokenizer)
rarity = torch.linspace(0.5, 2, size)
columns = (["cat", "to run"], ["a small animal with a tail", "move fast"])
loss = WordLoss(model, rarity)([model.preprocess(texts) for texts in columns], None)
loss.backward()

def terms(text):
    return model.tokenizer(text, add_special_tokens=False)["input_ids"]

total, weights = 0.0, 0.0
for lemma, definition in zip(*columns):
    own, asked = set(terms(definition)), set(terms(lemma))
    for text, wanted in (
        (lemma, dict.fromkeys(asked, OWN)),
        (definition, {**dict.fromkeys(own, OWN), **dict.fromkeys(asked, LEMMA)}),
    ):
        logits = model[0](model.preprocess([text]))["token_embeddings"][0].amax(dim=0)
        for term, weight in wanted.items():
            if term not in model.tokenizer.all_special_ids:
                total -= weight * rarity[term] * logits.log_softmax(dim=0)[term]
                weights += weight * rarity[term]
gradients = [parameter.grad.norm().item() for parameter in model[0].auto_model.cls.predictions.transform.parameters()]
print(json.dumps({"loss": loss.item(), "expected": (total / weights).item(), "gradients": gradients}))
`;

const Stages = z.object({
  trained: z.object({
    steps: z.number(),
    seconds: z.number(),
    stages: z.array(z.object({ steps: z.number(), loss: z.number() })),
  }),
  seen: z.object({ first: z.array(z.string()), second: z.array(z.string()) }),
  ends: z.unknown(),
});
const Words = z.object({ loss: z.number(), expected: z.number(), gradients: z.array(z.number()) });

describe.runIf(python !== undefined)('the training', () => {
  test('runs the stages one after the other, each on pairs that are new to it', () => {
    const { trained, seen, ends } = Stages.parse(run(STAGES));
    expect(trained.stages.map(({ steps }) => steps)).toEqual([50, 50]);
    expect(trained.steps).toBe(100);
    expect([seen.first.length, seen.second.length]).toEqual([100, 150]);
    expect(new Set([...seen.first, ...seen.second]).size).toBe(250);
    expect(ends).toEqual([
      [5, 20],
      [null, null],
    ]);
  });

  test('teaches words by the cross entropy over the largest logits of a text', () => {
    const { loss, expected, gradients } = Words.parse(run(WORDS, MODEL));
    expect(Math.abs(loss - expected)).toBeLessThan(1e-5 * expected);
    expect(Math.min(...gradients)).toBeGreaterThan(0);
  });
});
