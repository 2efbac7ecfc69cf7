/**
 * YAML 1.1 scalars as the original's parser (PyYAML) reads them, each with the text that was written: values of environment variables
 * keep it (`1.10` stays `1.10`, `yes` stays `yes`).
 */
import { FAILSAFE_SCHEMA, type Schema, Type } from "js-yaml";

/** A plain (unquoted) scalar that means something else than its text. */
export class PlainScalar {
  readonly text: string;
  readonly value: null | boolean | number;

  constructor(text: string, value: null | boolean | number) {
    this.text = text;
    this.value = value;
  }

  /** As a key of a mapping it is its text: js-yaml asks for these two. */
  get [Symbol.toStringTag](): string {
    return "PlainScalar";
  }

  toString(): string {
    return this.text;
  }
}

const NULL = /^(?:~|null|Null|NULL|)$/;
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const INT = /^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*(?::[0-5]?[0-9])*)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

function intOf(text: string): number {
  const digits = text.replaceAll("_", "").replace(/^[-+]/, "");
  const sign = text.startsWith("-") ? -1 : 1;
  if (digits.includes(":")) return sign * sexagesimal(digits);
  if (/^0[0-7]+$/.test(digits)) return sign * Number.parseInt(digits, 8);
  return sign * Number(digits);
}

function floatOf(text: string): number {
  const digits = text.replaceAll("_", "").replace(/^[-+]/, "").toLowerCase();
  const sign = text.startsWith("-") ? -1 : 1;
  if (digits === ".inf") return sign * Number.POSITIVE_INFINITY;
  if (digits === ".nan") return Number.NaN;
  return sign * (digits.includes(":") ? sexagesimal(digits) : Number(digits));
}

/** `1:30` is 90. */
const sexagesimal = (text: string): number => text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);

const scalar = (tag: string, matches: (text: string) => boolean, value: (text: string) => null | boolean | number) =>
  new Type(`tag:yaml.org,2002:${tag}`, {
    kind: "scalar",
    resolve: (text: string | null) => matches(text ?? ""),
    construct: (text: string | null) => new PlainScalar(text ?? "", value(text ?? "")),
  });

export const YAML_1_1: Schema = FAILSAFE_SCHEMA.extend({
  implicit: [
    scalar(
      "null",
      (text) => NULL.test(text),
      () => null,
    ),
    scalar(
      "bool",
      (text) => TRUE.test(text) || FALSE.test(text),
      (text) => TRUE.test(text),
    ),
    scalar("int", (text) => INT.test(text), intOf),
    scalar("float", (text) => FLOAT.test(text), floatOf),
    new Type("tag:yaml.org,2002:merge", { kind: "scalar", resolve: (text: string | null) => text === "<<" }),
  ],
});
