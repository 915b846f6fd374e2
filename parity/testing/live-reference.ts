import { afterAll, beforeAll } from 'vitest';
import { setEngine, setWarningHandler } from '../../src/index.js';
import type { Reference } from '../../src/python/bridge.js';
import { findReferencePython } from '../../src/python/environment.js';
import { startReference } from '../start-reference.js';

const python = findReferencePython();

/** Whether a Python has the reference. */
export const HAS_REFERENCE = python !== undefined;

/** Time for a test that lets the reference compute. */
export const LIVE_TIME = 400_000;

/**
 * The reference, which runs while the tests of the surrounding `describe` do. They begin on the cpu engine, and warnings
 * are not shown.
 */
export function liveReference(): Pick<Reference, 'call'> {
  let running: Reference;
  beforeAll(async () => {
    setWarningHandler(() => undefined);
    await setEngine('cpu');
    running = await startReference({ python: python ?? '' });
  }, LIVE_TIME);
  afterAll(() => running.stop());
  return { call: (...given) => running.call(...given) };
}
