import { type EngineName, ENGINES } from '../engine-names.js';
import { setEngine } from '../engine/set-engine.js';

/** The engines that are available here. The caller must then set one of them before computing. */
export async function readyEngines(): Promise<EngineName[]> {
  const ready = ENGINES.map((name) =>
    setEngine(name).then(
      () => [name],
      () => [],
    ),
  );
  return (await Promise.all(ready)).flat();
}
