/**
 * Requests items of a source before they are needed, so that they are made while the caller works on earlier ones. At most
 * `count` items are waiting.
 *
 * @param drop releases an item that nobody takes because the caller ended early
 */
export async function* ahead<T>(
  items: AsyncGenerator<T>,
  count: number,
  drop: (item: T) => void,
): AsyncGenerator<T> {
  // A generator answers requests one after the other, in order.
  const asked: Promise<IteratorResult<T, unknown>>[] = [];
  const ask = (): void => {
    const next = items.next();
    // The promise is awaited later, or never if the caller ends early.
    next.catch(() => undefined);
    asked.push(next);
  };
  try {
    for (let more = 0; more < count; more++) ask();
    for (;;) {
      // With a count of 0, nothing is made before it is needed.
      if (asked.length === 0) ask();
      const next = await asked.shift();
      if (next === undefined || next.done === true) return;
      if (count > 0) ask();
      yield next.value;
    }
  } finally {
    const closed = items.return(undefined);
    for (const answer of await Promise.allSettled(asked)) {
      if (answer.status === 'fulfilled' && answer.value.done !== true) drop(answer.value.value);
    }
    await closed;
  }
}
