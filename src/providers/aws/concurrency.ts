/** Bounded parallel work over a sequence of any length. */

/**
 * Maps `items` with at most `limit` calls under way; yields the results in the order of the items. Memory holds `limit` items at
 * most, however long the sequence is. The first failure ends it, once the calls under way have ended.
 */
export async function* parallelMap<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      result.catch(() => undefined); // seen when its turn comes
      underWay.push(result);
      if (underWay.length >= limit) yield await underWay.shift()!;
    }
    while (underWay.length > 0) yield await underWay.shift()!;
  } finally {
    await Promise.allSettled(underWay);
  }
}

/** Runs all and waits for all; then throws the first failure. For writes: none may be left under way. */
export async function settleAll<R>(work: readonly Promise<R>[]): Promise<R[]> {
  const settled = await Promise.allSettled(work);
  const failed = settled.find((s) => s.status === "rejected");
  if (failed) throw failed.reason;
  return settled.map((s) => (s as PromiseFulfilledResult<R>).value);
}
