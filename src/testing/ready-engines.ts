import { type EngineName, ENGINES } from '../engine-names.js';
import { setEngine } from '../engine/set-engine.js';

/** The engines that can be used here. Whoever computes sets one of them next. */
export async function readyEngines(): Promise<EngineName[]> {
  const ready = ENGINES.map((name) =>
    setEngine(name).then(
      () => [name],
      () => [],
    ),
  );
  return (await Promise.all(ready)).flat();
}
