/** Condition blocks of policies, as far as they can be decided here. */
import type { Condition } from "./document.ts";
import { type Lookup, matchesPattern } from "./wildcard.ts";

/** Whether a value of the request satisfies one of the policy; undefined: not decidable. */
type Test = (wanted: string, value: string, lookup: Lookup) => boolean | undefined;

const numeric =
  (compare: (value: number, wanted: number) => boolean): Test =>
  (wanted, value) =>
    compare(Number(value), Number(wanted));

const date =
  (compare: (value: number, wanted: number) => boolean): Test =>
  (wanted, value) =>
    compare(timeOf(value), timeOf(wanted));

/** ISO, or seconds since the epoch. */
const timeOf = (text: string): number => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text));

const equals: Test = (wanted, value, lookup) => matchesPattern(wanted.replace(/[*?]/g, "$${$&}"), value, lookup);

const TESTS: Readonly<Record<string, Test>> = {
  StringEquals: equals,
  StringEqualsIgnoreCase: (wanted, value, lookup) => equals(wanted.toLowerCase(), value.toLowerCase(), lookup),
  StringLike: matchesPattern,
  ArnEquals: matchesPattern,
  ArnLike: matchesPattern,
  Bool: (wanted, value) => wanted.toLowerCase() === value.toLowerCase(),
  NumericEquals: numeric((value, wanted) => value === wanted),
  NumericLessThan: numeric((value, wanted) => value < wanted),
  NumericLessThanEquals: numeric((value, wanted) => value <= wanted),
  NumericGreaterThan: numeric((value, wanted) => value > wanted),
  NumericGreaterThanEquals: numeric((value, wanted) => value >= wanted),
  DateEquals: date((value, wanted) => value === wanted),
  DateLessThan: date((value, wanted) => value < wanted),
  DateLessThanEquals: date((value, wanted) => value <= wanted),
  DateGreaterThan: date((value, wanted) => value > wanted),
  DateGreaterThanEquals: date((value, wanted) => value >= wanted),
};

/** Operators that say the opposite of another. */
const OPPOSITES: Readonly<Record<string, string>> = {
  StringNotEquals: "StringEquals",
  StringNotEqualsIgnoreCase: "StringEqualsIgnoreCase",
  StringNotLike: "StringLike",
  ArnNotEquals: "ArnEquals",
  ArnNotLike: "ArnLike",
  NumericNotEquals: "NumericEquals",
  DateNotEquals: "DateEquals",
};

/** Whether all conditions hold; undefined when that hangs on an operator or a key that nothing is known of. */
export function conditionsHold(conditions: Readonly<Record<string, Condition>>, lookup: Lookup): boolean | undefined {
  const results = Object.entries(conditions).flatMap(([operator, condition]) =>
    Object.entries(condition).map(([key, wanted]) => conditionHolds(operator, key, wanted, lookup)),
  );
  return all(results);
}

function conditionHolds(operator: string, key: string, wanted: readonly string[], lookup: Lookup): boolean | undefined {
  const [, qualifier, name = "", ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(operator)!;
  const values = lookup(key);
  if (values === undefined) return undefined;
  if (name === "Null") return (values.length === 0) === (wanted[0]?.toLowerCase() === "true");
  const opposite = OPPOSITES[name];
  const test = TESTS[opposite ?? name];
  if (!test) return undefined;
  // A key that the request does not have satisfies what says "not" and what says "if exists", and nothing else.
  if (values.length === 0) return opposite !== undefined || ifExists !== undefined || qualifier === "ForAllValues";
  const results = values.map((value) => {
    const found = any(wanted.map((text) => test(text, value, lookup)));
    return opposite === undefined || found === undefined ? found : !found;
  });
  return qualifier === "ForAnyValue" ? any(results) : all(results);
}

/** And, with undefined for what is not decidable. */
export function all(results: readonly (boolean | undefined)[]): boolean | undefined {
  return results.includes(false) ? false : results.includes(undefined) ? undefined : true;
}

/** Or, likewise. */
export function any(results: readonly (boolean | undefined)[]): boolean | undefined {
  return results.includes(true) ? true : results.includes(undefined) ? undefined : false;
}
