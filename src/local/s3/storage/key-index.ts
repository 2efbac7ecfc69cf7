/** A bucket's keys in S3's order: that of their UTF-8 bytes. */

/** Order of two strings by their UTF-8 bytes, which is not JavaScript's: surrogate pairs sort after U+E000–U+FFFF. */
export function compareUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return weight(x) - weight(y);
  }
  return a.length - b.length;
}

const weight = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/**
 * A map whose keys can be walked in order. Puts and deletes cost a map's; the order is brought up to date when it is asked for, by as many
 * searches as keys came and went: a client that lists and deletes by turns empties a bucket of any size.
 */
export class KeyIndex<Value> {
  readonly #values = new Map<string, Value>();
  readonly #sorted: string[] = [];
  /** Not yet in `#sorted`. */
  readonly #added = new Set<string>();
  /** Still in `#sorted`. */
  readonly #removed = new Set<string>();

  get size(): number {
    return this.#values.size;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: Value): void {
    if (!this.#values.has(key) && !this.#removed.delete(key)) this.#added.add(key);
    this.#values.set(key, value);
  }

  delete(key: string): void {
    if (this.#values.delete(key) && !this.#added.delete(key)) this.#removed.add(key);
  }

  entries(): IterableIterator<[string, Value]> {
    return this.#values.entries();
  }

  /** All keys in order; valid until the next change. */
  keys(): readonly string[] {
    if (this.#removed.size > 0) {
      removeFrom(this.#sorted, this.#removed);
      this.#removed.clear();
    }
    if (this.#added.size > 0) {
      insertInto(this.#sorted, [...this.#added].sort(compareUtf8));
      this.#added.clear();
    }
    return this.#sorted;
  }

  /** Position of the first key that is `key` or after it. */
  lowerBound(key: string): number {
    return lowerBound(this.keys(), key);
  }
}

const lowerBound = (keys: readonly string[], key: string, end = keys.length): number =>
  firstWhere(keys, (candidate) => compareUtf8(candidate, key) >= 0, 0, end);

/** @param gone all of them are in `sorted`. */
function removeFrom(sorted: string[], gone: ReadonlySet<string>): void {
  const positions = Uint32Array.from(gone, (key) => lowerBound(sorted, key)).sort();
  let to = positions[0]!;
  positions.forEach((position, i) => {
    const end = positions[i + 1] ?? sorted.length;
    for (let from = position + 1; from < end; from++) sorted[to++] = sorted[from]!;
  });
  sorted.length = to;
}

/** @param added in order; none of them is in `sorted`. */
function insertInto(sorted: string[], added: readonly string[]): void {
  let from = sorted.length;
  for (const key of added) sorted.push(key);
  let to = sorted.length;
  for (const key of added.toReversed()) {
    const position = lowerBound(sorted, key, from);
    while (from > position) sorted[--to] = sorted[--from]!;
    sorted[--to] = key;
  }
}

/** First position from `from` to `end` at which `holds` is true, `end` when there is none; it must stay true from there on. */
export function firstWhere(
  keys: readonly string[],
  holds: (key: string) => boolean,
  from = 0,
  end = keys.length,
): number {
  let low = from;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(keys[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
