/**
 * Items of a source that are asked for before they are needed, so that they are made while the caller works on those
 * before. At most `count` are waiting.
 *
 * @param drop lets go of items that nobody takes, where the caller ends early
 */
export async function* ahead<T>(
  items: AsyncGenerator<T>,
  count: number,
  drop: (item: T) => void,
): AsyncGenerator<T> {
  // A generator answers requests one after the other, in their order.
  const asked: Promise<IteratorResult<T, unknown>>[] = [];
  const ask = (): void => {
    const next = items.next();
    // It is awaited later, or not at all where the caller ends early.
    next.catch(() => undefined);
    asked.push(next);
  };
  try {
    for (let more = 0; more < count; more++) ask();
    for (;;) {
      // With a count of 0 nothing is made before it is needed.
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
