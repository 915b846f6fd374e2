import { tell } from '../../shell/tell.js';
import type { TrainerCallback } from '../../trainer/callbacks.js';
import { aFigure } from './figures.js';

/** A line on standard error for each entry of the log. */
export function logLines(): TrainerCallback {
  return {
    onLog({ logs = {}, state: { globalStep, maxSteps } }) {
      const figures = Object.entries(logs).map(([name, value]) => `${name} ${aFigure(value)}`);
      tell(`step ${globalStep}/${maxSteps}: ${figures.join(', ')}`);
    },
  };
}
