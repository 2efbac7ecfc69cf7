/** Where each value of a YAML document stands, from js-yaml's listener. */
import type { EventType, State } from "js-yaml";
import { isTree } from "./tree.ts";
import { PlainScalar } from "./yaml.ts";

/** A node as the parser met it: where it began, what it became. */
interface Met {
  readonly position: number;
  result: unknown;
  readonly children: Met[];
}

/** Offsets in the text by path (`functions.aws[0].lambda.name`); `keys` has those of the mapping's keys. */
export interface Positions {
  readonly values: ReadonlyMap<string, number>;
  readonly keys: ReadonlyMap<string, number>;
  /** Keys that are lists or mappings. */
  readonly complexKeys: readonly number[];
}

/** Follows one call of js-yaml's `load`: give `listen` to it, ask for `positions` after it. */
export class PositionRecorder {
  readonly #open: Met[] = [];
  #root: Met | undefined;

  readonly listen = (event: EventType, state: State): void => {
    if (event === "open") {
      this.#open.push({ position: state.position, result: undefined, children: [] });
      return;
    }
    const met = this.#open.pop();
    if (met === undefined) return;
    met.result = state.result;
    const node = unwrap(met);
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = node;
    else adopt(parent, node);
  };

  positions(text: string): Positions {
    const found: Found = { values: new Map(), keys: new Map(), complexKeys: [] };
    if (this.#root) place(this.#root, "", text, found, 0);
    return found;
  }
}

/** What looked like the first key of a mapping and was the whole node is met twice. */
function unwrap(met: Met): Met {
  const only = met.children.length === 1 ? met.children[0]! : undefined;
  return only !== undefined && Object.is(only.result, met.result) ? only : met;
}

/** The parser goes back at times: what it reads again replaces what it read there before. */
function adopt(parent: Met, node: Met): void {
  while (parent.children.length > 0 && parent.children.at(-1)!.position >= node.position) parent.children.pop();
  parent.children.push(node);
}

interface Found {
  readonly values: Map<string, number>;
  readonly keys: Map<string, number>;
  readonly complexKeys: number[];
}

function place(node: Met, path: string, text: string, found: Found, depth: number): void {
  if (depth > 100) return;
  // A value that is not there at all stands nowhere: its key does.
  if (node.result !== null) found.values.set(path, start(text, node.position));
  if (Array.isArray(node.result)) {
    node.children.forEach((child, index) => {
      place(child, `${path}[${index}]`, text, found, depth + 1);
    });
  } else if (isTree(node.result)) {
    placePairs(node, node.result, path, text, found, depth);
  }
}

/** The children of a mapping are keys and values in turn, but for a key without value, which has none. */
function placePairs(
  node: Met,
  map: { readonly [key: string]: unknown },
  path: string,
  text: string,
  found: Found,
  depth: number,
): void {
  const { children } = node;
  let next = 0;
  while (next < children.length) {
    const key = children[next++]!;
    if (typeof key.result === "object" && !(key.result instanceof PlainScalar)) {
      found.complexKeys.push(start(text, key.position));
    }
    const name = String(key.result);
    const inner = path === "" ? name : `${path}.${name}`;
    found.keys.set(inner, start(text, key.position));
    const value = children[next];
    if (value === undefined || (name !== "<<" && !Object.is(value.result, map[name]))) continue;
    next++;
    if (name !== "<<") place(value, inner, text, found, depth + 1);
  }
}

/** The parser tells where it began to look: spaces, line breaks and comments may follow. */
function start(text: string, position: number): number {
  const blank = /(?:\s|#[^\n]*)*/y;
  blank.lastIndex = position;
  blank.exec(text);
  return blank.lastIndex < text.length ? blank.lastIndex : position;
}
