import type { WireTensor } from '../../src/python/exchange.js';
import type { FunctionFailure } from './judge-target.js';
import type { ReferenceTarget } from './reference-side.js';
import { literal, python, rowsOf, TYPESCRIPT } from './value-text.js';

/** Enough digits to tell any two float64 apart; closeTo compares absolute distances. */
const DIGITS = 6;

/** Where a snippet finds the function under test. */
export interface SnippetPlace {
  /** The configuration, from the folder of the snippet. */
  readonly config: string;
  /** The file of the case beside the snippet. */
  readonly file: string;
  /** Whether the function under test is a plain function; a module or a program is replayed from the file. */
  readonly isFunction: boolean;
}

/** A vitest test that shows a failing case, for a bug report. It needs no Python. */
export function vitestSnippet(
  failure: FunctionFailure,
  target: ReferenceTarget,
  place: SnippetPlace,
): string {
  return place.isFunction ? functionSnippet(failure, target, place) : replaySnippet(failure, place);
}

const replaySnippet = ({ path, mismatch }: FunctionFailure, { config, file }: SnippetPlace): string =>
  [
    `// ${mismatch.message}`,
    `import { join } from 'node:path';`,
    `import { expect, it } from 'vitest';`,
    `import { replayCase } from 'sparse-encoder/parity';`,
    '',
    `it(${JSON.stringify(path)}, async () => {`,
    `  const here = import.meta.dirname;`,
    `  const report = await replayCase(join(here, '${file}'), { config: join(here, '${config}'), offline: true });`,
    `  expect(report.failures).toEqual([]);`,
    `});`,
    '',
  ].join('\n');

/** The inputs and the expected numbers are written out. */
function functionSnippet(
  { path, judged, mismatch }: FunctionFailure,
  { gradients }: ReferenceTarget,
  { config }: SnippetPlace,
): string {
  const { inputs } = judged.case;
  const fields = Object.entries(inputs).map(
    ([name, value]) => `    ${name}: ${literal(value, name, TYPESCRIPT)},`,
  );
  const expected = expectedOf(judged.legs.truth.tensors, mismatch.tensor);
  return [
    `// ${mismatch.message}`,
    ...(expected.isGradient
      ? [`// The gradient with respect to ${expected.name}, in the direction of the cotangent.`]
      : []),
    `import * as tf from '@tensorflow/tfjs';`,
    `import { expect, it } from 'vitest';`,
    `import config from '${config}';`,
    '',
    `const { ours } = config.targets.find(({ name }) => name === ${JSON.stringify(judged.case.target)}) ?? config.targets[0];`,
    '',
    `it(${JSON.stringify(path)}, () => {`,
    `  const inputs = {`,
    ...fields,
    `  };`,
    ...(judged.legs.float32.error === undefined
      ? [
          ...tensorLines(expected, judged.cotangents, gradients),
          `  const expected = ${expected.tensor === undefined ? 'undefined' : rowsOf(expected.tensor, TYPESCRIPT)};`,
          `  const flat = (x: unknown): number[] => [x].flat(Infinity) as number[];`,
          `  for (const [index, value] of flat(found.arraySync()).entries()) {`,
          `    expect(value).toBeCloseTo(flat(expected)[index] as number, ${DIGITS});`,
          `  }`,
        ]
      : [
          `  // ${judged.legs.float32.error.type}: ${judged.legs.float32.error.message.split('\n')[0]}`,
          `  expect(() => ours(inputs)).toThrow();`,
        ]),
    `});`,
    '',
  ].join('\n');
}

interface Expected {
  readonly isGradient: boolean;
  readonly name: string;
  readonly tensor: WireTensor | undefined;
}

function expectedOf(truth: ReadonlyMap<string, WireTensor>, tensor: string): Expected {
  const isGradient = tensor.startsWith('gradient/');
  return {
    isGradient,
    name: isGradient ? tensor.slice('gradient/'.length) : tensor,
    tensor: truth.get(tensor),
  };
}

function tensorLines(
  { isGradient, name }: Expected,
  cotangents: FunctionFailure['judged']['cotangents'],
  gradients: readonly string[],
): string[] {
  if (!isGradient) return [`  const found = ours(inputs)${outputPath(name)};`];
  const [path = '', number = '1'] = name.split('#');
  const directions = [...(cotangents[Number(number) - 1] ?? [])];
  const terms = directions.map(([output, direction]) => {
    const weight = literal({ kind: 'tensor', tensor: direction }, '', TYPESCRIPT);
    return `ours(given)${outputPath(output)}.mul(${weight}).sum()`;
  });
  const input = gradients.includes(path) ? path : 'input';
  return [
    `  const loss = (x: tf.Tensor) => {`,
    `    const given = { ...inputs, ${input}: x };`,
    `    return ${terms.join('.add(') + ')'.repeat(Math.max(0, terms.length - 1))} as tf.Scalar;`,
    `  };`,
    `  const found = tf.grad(loss)(inputs.${input});`,
  ];
}

/** "value.0" is the first of several outputs. */
const outputPath = (name: string): string =>
  name
    .split('.')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('');

/**
 * A pytest test that shows what the reference computes for a failing case, for a bug report to its authors. The weights
 * of a module come from the file of the case beside it.
 */
export function pytestSnippet(
  { path, judged, ours, mismatch }: FunctionFailure,
  { reference, gradients, weights = new Map() }: ReferenceTarget,
  { file }: Pick<SnippetPlace, 'file'>,
): string {
  const [module = '', attribute = ''] = reference.call.split(':');
  const [root = '', ...attributes] = attribute.split('.');
  const syntax = python(gradients);
  const { inputs } = judged.case;
  const { positional = [], rename = {}, fixed = {}, construct } = reference;
  const byName = Object.keys(inputs).filter((name) => !positional.includes(name));
  const extra = (values: Readonly<Record<string, string | number | boolean | null>>): string[] =>
    Object.entries(values).map(
      ([name, value]) => `${name}=${typeof value === 'number' ? value : syntax.plain(value)}`,
    );
  const args = [...positional, ...byName.map((name) => `${rename[name] ?? name}=${name}`), ...extra(fixed)];
  const target = [root, ...attributes].join('.');
  const call = construct === undefined ? target : 'module';
  const made = construct === undefined ? [] : moduleLines(`${target}(${extra(construct).join(', ')})`, file);
  const { error } = judged.legs.float32;
  const [what = ''] = [...judged.legs.float32.tensors.keys()].filter((name) => name.startsWith('value'));
  const value = judged.legs.float32.tensors.get(what);
  return [
    `# ${mismatch.message}`,
    ...(weights.size > 0 ? ['import base64', 'import json', 'from pathlib import Path', ''] : []),
    ...(error === undefined ? [] : [`import pytest`]),
    `import torch`,
    `from ${module} import ${root}`,
    '',
    '',
    `def test_${path.replaceAll(/\W+/g, '_').toLowerCase()}():`,
    ...Object.entries(inputs).map(([name, input]) => `    ${name} = ${literal(input, name, syntax)}`),
    ...made,
    ...(error === undefined
      ? [
          `    result = ${call}(${args.join(', ')})`,
          ...(value === undefined || what !== 'value'
            ? []
            : [
                `    torch.testing.assert_close(result, torch.tensor(${rowsOf(value, syntax)}, dtype=result.dtype))`,
              ]),
        ]
      : [`    with pytest.raises(${error.type}):`, `        ${call}(${args.join(', ')})`]),
    ...(ours.error === undefined
      ? []
      : [`    # The port raises ${ours.error.type}: ${ours.error.message.split('\n')[0]}`]),
    '',
  ].join('\n');
}

const moduleLines = (made: string, file: string): string[] => [
  `    case = json.loads(Path(__file__).with_name(${JSON.stringify(file)}).read_text())`,
  `    weights = {`,
  `        name: torch.frombuffer(bytearray(base64.b64decode(x["base64"])), dtype=getattr(torch, x["dtype"])).reshape(x["shape"])`,
  `        for name, x in case["reference"]["weights"].items()`,
  `    }`,
  `    module = ${made}.eval()`,
  `    module.load_state_dict(weights)`,
];
