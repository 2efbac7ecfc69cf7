/** `= x*`, `>= 400`, `= %[45]\d\d%`: a comparison of one value, in patterns of fields and of columns. */
import { compileRegex, REGEX } from "./regex.ts";
import { QUOTED, type Scanner, unescaped } from "./scanner.ts";

export type Comparison = (value: string | number) => boolean;

type Operator = "=" | "!=" | "<" | ">" | "<=" | ">=";

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** @param bare what a value without quotes may consist of, as a sticky expression */
export function readComparison(scanner: Scanner, bare: RegExp): Comparison {
  scanner.space();
  const operator = scanner.match(/!=|<=|>=|=|<|>/y)?.[0] as Operator | undefined;
  if (operator === undefined) throw scanner.refuse("an operator is missing");
  scanner.space();
  const quoted = scanner.match(QUOTED);
  if (quoted) return negated(operator, textual(unescaped(quoted[1]!)), scanner);
  const regex = scanner.match(REGEX);
  if (regex) {
    scanner.regexes++;
    const expression = compileRegex(regex[1]!);
    return negated(operator, (value) => expression.test(String(value)), scanner);
  }
  const text = scanner.match(bare)?.[0];
  if (!text) throw scanner.refuse("a value is missing");
  return NUMBER.test(text) ? numeric(operator, text) : negated(operator, textual(text), scanner);
}

function negated(operator: Operator, equal: Comparison, scanner: Scanner): Comparison {
  if (operator === "=") return equal;
  if (operator === "!=") return (value) => !equal(value);
  throw scanner.refuse(`'${operator}' compares numbers alone`);
}

/** `*` at an end stands for any text; elsewhere for itself. */
function textual(pattern: string): Comparison {
  const [front, back] = [pattern.startsWith("*"), pattern.endsWith("*")];
  const text = pattern.slice(front ? 1 : 0, back ? Math.max(front ? 1 : 0, pattern.length - 1) : undefined);
  return (value) => {
    const whole = String(value);
    if (front && back) return whole.includes(text);
    if (front) return whole.endsWith(text);
    return back ? whole.startsWith(text) : whole === text;
  };
}

function numeric(operator: Operator, text: string): Comparison {
  const wanted = Number(text);
  return (value) => {
    const number = typeof value === "number" ? value : NUMBER.test(value) ? Number(value) : Number.NaN;
    switch (operator) {
      case "=":
        return number === wanted || value === text;
      case "!=":
        return number !== wanted && value !== text;
      case "<":
        return number < wanted;
      case ">":
        return number > wanted;
      case "<=":
        return number <= wanted;
      case ">=":
        return number >= wanted;
    }
  };
}
