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

/** A map whose keys can be walked in order. Puts and deletes cost a map's; the order is brought up to date when it is asked for. */
export class KeyIndex<Value> {
  readonly #values = new Map<string, Value>();
  #sorted: string[] = [];
  readonly #added = new Set<string>();
  #stale = false;

  get size(): number {
    return this.#values.size;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: Value): void {
    if (!this.#values.has(key)) this.#added.add(key);
    this.#values.set(key, value);
  }

  delete(key: string): void {
    if (!this.#values.delete(key)) return;
    if (!this.#added.delete(key)) this.#stale = true;
  }

  entries(): IterableIterator<[string, Value]> {
    return this.#values.entries();
  }

  /** All keys in order; valid until the next change. */
  keys(): readonly string[] {
    if (this.#stale) {
      // A key that was deleted and added again is in both: it comes back with the added ones.
      this.#sorted = this.#sorted.filter((key) => this.#values.has(key) && !this.#added.has(key));
      this.#stale = false;
    }
    if (this.#added.size > 0) {
      const added = [...this.#added].sort(compareUtf8);
      this.#added.clear();
      this.#sorted = merge(this.#sorted, added);
    }
    return this.#sorted;
  }

  /** Position of the first key that is `key` or after it. */
  lowerBound(key: string): number {
    return firstWhere(this.keys(), (candidate) => compareUtf8(candidate, key) >= 0);
  }
}

function merge(a: readonly string[], b: readonly string[]): string[] {
  if (a.length === 0 || compareUtf8(a[a.length - 1]!, b[0]!) < 0) return [...a, ...b];
  const merged: string[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) merged.push(compareUtf8(a[i]!, b[j]!) < 0 ? a[i++]! : b[j++]!);
  while (i < a.length) merged.push(a[i++]!);
  while (j < b.length) merged.push(b[j++]!);
  return merged;
}

/** First position, from `from` on, at which `holds` is true; it must stay true from there on. */
export function firstWhere(keys: readonly string[], holds: (key: string) => boolean, from = 0): number {
  let low = from;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(keys[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
