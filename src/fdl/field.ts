/**
 * What one field may hold, as data: the validator, the JSON Schema, the tables of docs/fdl.md and the property tests all read it.
 * Patterns are anchored and of the dialect that JSON Schema and JavaScript share (no flags, no lookbehind).
 */
interface Described {
  /** One line for docs and editors; every field of a map has one. */
  readonly about?: string;
}

export interface TextField extends Described {
  readonly kind: "text";
  readonly pattern?: RegExp;
  /** What the pattern asks for, in words that go after "must be". */
  readonly expected?: string;
  /** The only values. */
  readonly values?: readonly string[];
  /** Whether these count in any case. */
  readonly anyCase?: true;
  /** A value that the pattern takes: for the tests' random documents. */
  readonly example?: string;
}

export interface IntegerField extends Described {
  readonly kind: "integer";
  readonly min: number;
  readonly max: number;
  /** The only values between `min` and `max`. */
  readonly values?: readonly number[];
  /** Values below `min` that count too. */
  readonly fractions?: readonly number[];
  /** Numbers in quotes count too: the original made numbers of them. */
  readonly digits?: true;
}

export interface ListField extends Described {
  readonly kind: "list";
  readonly of: Field;
  readonly max?: number;
}

/** A relation between the fields of one map; gives the field's name and what is wrong with it. */
export type Rule = (value: {
  readonly [key: string]: unknown;
}) => readonly { readonly key: string; readonly message: string }[];

export interface MapField extends Described {
  readonly kind: "map";
  readonly fields: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
  readonly rule?: Rule;
  /** Names of older versions and common slips, and what to write today. */
  readonly moved?: Readonly<Record<string, string>>;
  /** Keys that begin with `x-` are the user's own. */
  readonly extensible?: true;
}

/** A map whose keys the user chooses. */
export interface IdsField extends Described {
  readonly kind: "ids";
  readonly of: Field;
  /** What the key is, for messages: "the id of a cluster". */
  readonly key: string;
  /** Exactly one key. */
  readonly single?: true;
}

export interface SecretField extends Described {
  readonly kind: "secret";
  /** Whether the empty text is "none". */
  readonly empty?: true;
}

export type Field =
  | TextField
  | IntegerField
  | ListField
  | MapField
  | IdsField
  /** A text that no message shows. */
  | SecretField
  | (Described & { readonly kind: "boolean" })
  /** Environment variables: text, numbers and booleans, all kept as written. */
  | (Described & { readonly kind: "variables" })
  /** `bucket` or `bucket/folder/…`. */
  | (Described & { readonly kind: "storage-path" })
  /** A mapping or a list, or its JSON as text. */
  | (Described & { readonly kind: "json" })
  | (Described & { readonly kind: "any" });

/** Whether the field is made of others that have no name: a list, or a map by the user's own keys. */
export function isStructure(field: Field): field is ListField | IdsField {
  return field.kind === "list" || field.kind === "ids";
}

/** The field with its description. */
export function as<F extends Field>(field: F, about: string): F {
  return { ...field, about };
}

export const text = (expected?: string, pattern?: RegExp, example?: string): TextField => ({
  kind: "text",
  ...(expected === undefined ? {} : { expected }),
  ...(pattern === undefined ? {} : { pattern }),
  ...(example === undefined ? {} : { example }),
});

export const oneOf = (...values: string[]): TextField => ({ kind: "text", values });

/** The same in any case: `debug` is `DEBUG`. */
export const oneOfAnyCase = (...values: string[]): TextField => ({ kind: "text", values, anyCase: true });

export const integer = (min: number, max: number = Number.MAX_SAFE_INTEGER): IntegerField => ({
  kind: "integer",
  min,
  max,
});

/** Numbers in quotes count too. */
export const digits = (min: number, max?: number): IntegerField => ({ ...integer(min, max), digits: true });

export const list = (of: Field, max?: number): ListField => ({
  kind: "list",
  of,
  ...(max === undefined ? {} : { max }),
});

export const map = (fields: Readonly<Record<string, Field>>, ...required: string[]): MapField => ({
  kind: "map",
  fields,
  ...(required.length > 0 ? { required } : {}),
});

export const ids = (key: string, of: Field): IdsField => ({ kind: "ids", key, of });

export const boolean = { kind: "boolean" } as const;
export const any = { kind: "any" } as const;
export const json = { kind: "json" } as const;
export const secret = { kind: "secret" } as const;
export const storagePath = { kind: "storage-path" } as const;
/** `{Variables: {NAME: value}}` */
export const environment = map({
  Variables: { kind: "variables", about: "Names and values; they keep the text as written (1.10 stays 1.10)." },
});
