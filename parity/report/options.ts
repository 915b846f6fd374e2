import type { ParityCase } from '../case.js';

/** Options that differ from the defaults, on one line. */
export function describeOptions({ lossOptions, wrapper, wrapperOptions }: ParityCase): string {
  const own = JSON.stringify(lossOptions);
  return wrapper === 'none' ? own : `${own}, ${wrapper} ${JSON.stringify(wrapperOptions)}`;
}
