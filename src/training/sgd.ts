import { OptionError } from '../errors.js';
import type { Update, UpdateRule } from './in-place-optimizer.js';
import type { SgdOptions } from './optimizer-options.js';

/**
 * Stochastic gradient descent with PyTorch's formulas:
 *
 *     g = gradient + weightDecay p
 *     b = g in the first step, then momentum b + (1 - dampening) g
 *     p = p - lr g                   without momentum
 *     p = p - lr b                   with momentum
 *     p = p - lr (g + momentum b)    with Nesterov momentum
 *
 * Without momentum, nothing is kept from step to step.
 *
 * @throws OptionError if nesterov is set without momentum, or with dampening
 */
export function sgd({
  momentum,
  dampening,
  nesterov,
}: Required<Pick<SgdOptions, 'momentum' | 'dampening' | 'nesterov'>>): UpdateRule {
  if (nesterov && (momentum === 0 || dampening !== 0)) {
    throw new OptionError(
      `SGD: nesterov needs a momentum above 0 and no dampening; they are ${momentum} and ${dampening}`,
    );
  }
  return {
    name: 'SGD',
    momentShapes: (shape) => (momentum === 0 ? {} : { momentum: shape }),
    update({
      parameter,
      gradient,
      scale,
      moments,
      group: { learningRate, weightDecay },
      step,
    }: Update): void {
      const kept = moments['momentum'];
      const [keep, take] = step === 1 ? [0, 1] : [momentum, 1 - dampening];
      for (let i = 0; i < parameter.length; i++) {
        const p = parameter[i] as number;
        const g = (gradient[i] as number) * scale + weightDecay * p;
        let direction = g;
        if (kept !== undefined) {
          const b = keep * (kept[i] as number) + take * g;
          kept[i] = b;
          direction = nesterov ? g + momentum * b : b;
        }
        parameter[i] = p - learningRate * direction;
      }
    },
  };
}
