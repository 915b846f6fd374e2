/**
 * Runs one call at a time. Of the calls that arrive during a run, only the newest is done afterwards. The others, and a
 * run that has become stale, return undefined, even if the run failed.
 */
export function newestOnly<Input, Output>(
  run: (input: Input) => Promise<Output>,
): (input: Input) => Promise<Output | undefined> {
  let newest = 0;
  let last: Promise<unknown> = Promise.resolve();
  return async (input) => {
    const mine = ++newest;
    const before = last;
    const result = (async () => {
      await before.catch(() => undefined);
      return mine === newest ? await run(input) : undefined;
    })();
    last = result;
    try {
      const output = await result;
      return mine === newest ? output : undefined;
    } catch (error) {
      if (mine !== newest) return undefined;
      throw error;
    }
  };
}
