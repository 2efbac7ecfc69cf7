import type { World } from "../world.ts";

/** Results after which a command is one of thousands. */
const MANY = 300;

/** The same results. Who has many of them leaves much behind: memory is swept up early from then on. */
export async function* swept<T>(world: World, results: AsyncIterable<T>): AsyncGenerator<T> {
  let count = 0;
  for await (const result of results) {
    if (++count === MANY) world.sweepEarly?.();
    yield result;
  }
}
