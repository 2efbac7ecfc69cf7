/** Patterns of JSON events: `{ $.level = "ERR*" && ($.took > 500 || $.user.id NOT EXISTS) }`. */
import { type Comparison, readComparison } from "./comparison.ts";
import { type Predicate, readConditions } from "./conditions.ts";
import { type Scanner, unescaped } from "./scanner.ts";

/** A name, an index, or `*` for all of an object or an array. */
type Step = string | number | { readonly all: true };

const BARE = /[^\s"%()&|{}=<>!]+/y;

/** Reads up to the end. */
export function readFieldPattern(scanner: Scanner): Predicate<string> {
  scanner.take("{");
  const holds = readConditions<unknown>(scanner, () => readCondition(scanner));
  if (!scanner.take("}")) throw scanner.refuse("'}' is missing");
  return (message) => {
    const event = parse(message);
    return event !== undefined && holds(event);
  };
}

function readCondition(scanner: Scanner): Predicate<unknown> {
  const steps = readSelector(scanner);
  const word = (expression: RegExp): boolean => {
    scanner.space();
    return scanner.match(expression) !== undefined;
  };
  if (word(/NOT\s+EXISTS\b/iy)) return (event) => select(event, steps).length === 0;
  if (word(/EXISTS\b/iy)) return (event) => select(event, steps).length > 0;
  if (word(/IS\s+NULL\b/iy)) return (event) => select(event, steps).includes(null);
  if (word(/IS\s+TRUE\b/iy)) return (event) => select(event, steps).includes(true);
  if (word(/IS\s+FALSE\b/iy)) return (event) => select(event, steps).includes(false);
  const compare = readComparison(scanner, BARE);
  return (event) => select(event, steps).some((value) => comparable(value, compare));
}

/** A field that is no text and no number satisfies nothing, `!=` neither. */
function comparable(value: unknown, compare: Comparison): boolean {
  return (typeof value === "string" || typeof value === "number") && compare(value);
}

/** `$.user.id`, `$.list[0]`, `$.list[*].id`, `$.['with.dot']` */
function readSelector(scanner: Scanner): readonly Step[] {
  if (!scanner.take("$")) throw scanner.refuse("a field is missing");
  const steps: Step[] = [];
  for (;;) {
    const name = scanner.match(/\.([\w-]+)/y);
    const index = name ? undefined : scanner.match(/\.?\[(\d+)\]/y);
    const quoted = name || index ? undefined : scanner.match(/\.?\[(?:'([^']*)'|"((?:[^"\\]|\\.)*)")\]/y);
    if (name) steps.push(name[1]!);
    else if (index) steps.push(Number(index[1]));
    else if (quoted) steps.push(quoted[1] ?? unescaped(quoted[2]!));
    else if (scanner.match(/\.\*|\.?\[\*\]/y)) steps.push({ all: true });
    else break;
  }
  if (steps.length === 0) throw scanner.refuse("a field is missing");
  return steps;
}

/** The values that a selector finds; none when there is no such field. */
function select(event: unknown, steps: readonly Step[]): readonly unknown[] {
  let found: readonly unknown[] = [event];
  for (const step of steps) found = found.flatMap((value) => take(value, step));
  return found;
}

function take(value: unknown, step: Step): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if (typeof step === "object") return Object.values(value);
  if (typeof step === "number" && !Array.isArray(value)) return [];
  return Object.hasOwn(value, step) ? [(value as Record<string | number, unknown>)[step]] : [];
}

function parse(message: string): unknown {
  if (!/^\s*[{[]/.test(message)) return undefined;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
