import { describe, expect, it } from 'vitest';
import type { CaseOutcome } from './case.js';
import * as policy from './compare.js';
import { compareOutcomes, CONDITION_SHARE, FLOOR_ULPS, type ReferenceLegs, TOLERANCE } from './compare.js';
import { conditioningOf, LABEL_GRADIENT } from './conditioning.js';

const ULP = 2 ** -23;

function outcome(
  value: number,
  gradient: number[] = [1, 2],
  name = 'gradient/0.sentenceEmbedding',
): CaseOutcome {
  return {
    componentNames: ['base_loss'],
    tensors: new Map([
      ['value', { dtype: 'float64', shape: [], data: Float64Array.of(value) }],
      ['components', { dtype: 'float64', shape: [1], data: Float64Array.of(value) }],
      [name, { dtype: 'float64', shape: [gradient.length], data: Float64Array.from(gradient) }],
    ]),
  };
}

function combineLegs(
  runs: readonly [CaseOutcome, ...CaseOutcome[]],
  truth: CaseOutcome,
  { inputScale = 1, labelScale = 1, condition = 1 } = {},
): ReferenceLegs {
  return policy.combineLegs(runs, truth, { inputScale, labelScale, condition });
}

const failed = (type: string): CaseOutcome => ({
  error: { type, message: 'no' },
  componentNames: [],
  tensors: new Map(),
});

describe('the tolerance policy', () => {
  it('allows errors up to the tolerance times the floor where PyTorch is exact', () => {
    const legs = combineLegs([outcome(1)], outcome(1));
    const edge = TOLERANCE * FLOOR_ULPS * ULP;
    expect(compareOutcomes(outcome(1 + 0.99 * edge), legs).mismatch).toBeUndefined();
    expect(compareOutcomes(outcome(1 + 1.01 * edge), legs).mismatch?.kind).toBe('value');
  });

  it('measures our error in units of the worst of PyTorch runs', () => {
    const legs = combineLegs([outcome(1), outcome(1.001), outcome(1.0001)], outcome(1));
    expect(compareOutcomes(outcome(1.01), legs).valueRatio).toBeCloseTo(10, 6);
    expect(compareOutcomes(outcome(1 + 0.001 * TOLERANCE * 1.01), legs).mismatch?.kind).toBe('value');
  });

  it('takes the scale of a gradient from all columns, and no other feature', () => {
    const pair = (a: number, b: number, feature: string): CaseOutcome => {
      const first = outcome(1, [a]);
      const second = outcome(1, [b], `gradient/1.${feature}`);
      return { ...first, tensors: new Map([...first.tensors, ...second.tensors]) };
    };
    const small = TOLERANCE * FLOOR_ULPS * ULP * 0.5;
    for (const [feature, kind] of [
      ['sentenceEmbedding', undefined],
      ['decodedEmbeddingK', 'gradient'],
    ] as const) {
      const legs = combineLegs([pair(1, 1e-3, feature)], pair(1, 1e-3, feature));
      expect(compareOutcomes(pair(1, 1e-3 + small, feature), legs).mismatch?.kind).toBe(kind);
    }
  });

  it('measures gradients that vanish against the inputs', () => {
    const edge = TOLERANCE * FLOOR_ULPS * ULP;
    const legs = combineLegs([outcome(1, [0, 0])], outcome(1, [0, 1e-17]), { inputScale: 10 });
    expect(compareOutcomes(outcome(1, [9.9 * edge, 0]), legs).mismatch).toBeUndefined();
    expect(compareOutcomes(outcome(1, [10.1 * edge, 0]), legs).mismatch?.kind).toBe('gradient');
  });

  it('wants a gradient of exactly 0 where none flows in the reference', () => {
    const none: CaseOutcome = {
      ...outcome(1),
      tensors: new Map([...outcome(1).tensors].filter(([name]) => !name.startsWith('gradient/'))),
    };
    const legs = combineLegs([none], none);
    expect(compareOutcomes(outcome(1, [0, -0], LABEL_GRADIENT), legs).mismatch).toBeUndefined();
    for (const stray of [1e-45, Number.NaN]) {
      const verdict = compareOutcomes(outcome(1, [0, stray], LABEL_GRADIENT), legs);
      expect(verdict).toMatchObject({
        gradientRatio: Infinity,
        mismatch: { kind: 'gradient', tensor: LABEL_GRADIENT, coordinate: [1] },
      });
    }
  });

  it('misses a gradient that flows in the reference, and measures one that vanishes against the labels', () => {
    const legs = (labelScale: number): ReferenceLegs =>
      combineLegs([outcome(1, [0, 1e-9], LABEL_GRADIENT)], outcome(1, [0, 1e-17], LABEL_GRADIENT), {
        labelScale,
      });
    expect(compareOutcomes(outcome(1), legs(1)).mismatch).toMatchObject({
      kind: 'shape',
      tensor: LABEL_GRADIENT,
    });
    const slightlyOff = outcome(1, [0, 1e-6], LABEL_GRADIENT);
    expect(compareOutcomes(slightlyOff, legs(1)).mismatch).toBeUndefined();
    expect(compareOutcomes(slightlyOff, legs(1e-9)).mismatch?.kind).toBe('gradient');
  });

  it('allows more where the loss amplifies what is lost in rounding its inputs', () => {
    const condition = 1000;
    const edge = TOLERANCE * CONDITION_SHARE * condition * ULP;
    const legs = combineLegs([outcome(1)], outcome(1), { condition });
    expect(compareOutcomes(outcome(1 + 0.99 * edge), legs).mismatch).toBeUndefined();
    expect(compareOutcomes(outcome(1 + 1.01 * edge), legs).mismatch?.kind).toBe('value');
  });

  it('knows the condition of a loss from its true gradients', () => {
    const column = (...values: number[]) => ({
      sentenceEmbedding: { dtype: 'float32' as const, shape: [2], data: Float32Array.from(values) },
    });
    const one = {
      loss: '',
      wrapper: 'none' as const,
      format: '',
      stratum: '',
      lossOptions: {},
      wrapperOptions: {},
      columns: [column(-3, 5)],
      labels: null,
    };
    expect(conditioningOf(one, outcome(0.1, [2, 1]))).toEqual({
      inputScale: 5,
      labelScale: 0,
      condition: expect.closeTo(110, 6) as number,
    });
    expect(conditioningOf(one, outcome(100, [2, 1])).condition).toBe(1);
    expect(conditioningOf(one, outcome(0, [2, 1])).condition).toBe(4000);
    expect(conditioningOf(one, outcome(0, [0, 0])).condition).toBe(1);
  });

  it('names the coordinate that is farthest off', () => {
    const legs = combineLegs([outcome(1, [1, 2, 3, 4])], outcome(1, [1, 2, 3, 4]));
    expect(compareOutcomes(outcome(1, [1, 2.5, 3, 9]), legs).mismatch).toMatchObject({
      kind: 'gradient',
      coordinate: [3],
      ours: 9,
      truth: 4,
      message:
        'gradient/0.sentenceEmbedding[3]: ours 9, PyTorch float32 4, truth 4 (2 of 4 differ, first [1])',
    });
  });

  it.each([
    ['NaN for a number', outcome(Number.NaN), outcome(1), 'non-finite'],
    ['a number for NaN', outcome(1), outcome(Number.NaN), 'non-finite'],
    ['the other infinity', outcome(-Infinity), outcome(Infinity), 'non-finite'],
    ['NaN for NaN', outcome(Number.NaN), outcome(Number.NaN), undefined],
    ['infinity for infinity', outcome(Infinity), outcome(Infinity), undefined],
  ])('judges %s', (_, ours, reference, kind) => {
    expect(compareOutcomes(ours, combineLegs([reference], reference)).mismatch?.kind).toBe(kind);
  });

  it('lets ours be right where PyTorch overflows, and only then', () => {
    const legs = combineLegs([outcome(Infinity)], outcome(3e38));
    expect(compareOutcomes(outcome(3e38), legs).mismatch).toBeUndefined();
    expect(compareOutcomes(outcome(2e38), legs).mismatch?.kind).toBe('non-finite');
  });

  it('wants an error on both sides or on none', () => {
    const refused = combineLegs([failed('ValueError')], failed('ValueError'));
    expect(compareOutcomes(failed('InputError'), refused).mismatch).toBeUndefined();
    expect(compareOutcomes(outcome(1), refused).mismatch?.kind).toBe('error');
    expect(compareOutcomes(failed('InputError'), combineLegs([outcome(1)], outcome(1))).mismatch?.kind).toBe(
      'error',
    );
  });

  it('wants the same components in the same order, and gradients of the same shape', () => {
    const legs = combineLegs([outcome(1)], outcome(1));
    expect(compareOutcomes({ ...outcome(1), componentNames: ['loss'] }, legs).mismatch?.kind).toBe(
      'components',
    );
    expect(compareOutcomes(outcome(1, [1, 2, 3]), legs).mismatch?.kind).toBe('shape');
  });

  it('refuses legs that fail where the first one does not', () => {
    expect(() => combineLegs([outcome(1), failed('RuntimeError')], outcome(1))).toThrow(
      /one leg only: RuntimeError/,
    );
  });
});
