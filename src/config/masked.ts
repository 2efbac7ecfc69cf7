/** A configuration as it may be shown: it is made to be pasted into a report of a problem. */
import { isTree } from "../fdl/tree.ts";
import { isSecretName } from "./secret-names.ts";

/** Stands where a secret is set. */
export const MASK = "********";

/** A provider's other keys, whatever they are called. */
const PROVIDERS_SECRET = /key|^auth$/i;

/** The same tree with every secret that is set replaced; `null` and empty texts stay, they tell that there is none. */
export function masked(value: unknown): unknown {
  return mask(value, { secret: false, provider: false });
}

interface Around {
  /** Below a field whose name tells that it is secret. */
  readonly secret: boolean;
  /** Below `storage_providers`. */
  readonly provider: boolean;
}

function mask(value: unknown, around: Around): unknown {
  if (Array.isArray(value)) return value.map((item) => mask(item, around));
  if (!isTree(value)) return leaf(value, around);
  const entries = Object.entries(value).map(([key, item]) => {
    const secret = around.secret || isSecretName(key) || (around.provider && PROVIDERS_SECRET.test(key));
    return [key, mask(item, { secret, provider: around.provider || key === "storage_providers" })];
  });
  return Object.fromEntries(entries);
}

function leaf(value: unknown, { secret }: Around): unknown {
  if (value === null || value === undefined || value === "") return value;
  if (secret) return MASK;
  return typeof value === "string" ? withoutLogin(value) : value;
}

/** The password of a URL. */
function withoutLogin(text: string): string {
  return text.replace(/(:\/\/[^/\s:@]*:)[^/\s@]+(?=@)/g, `$1${MASK}`);
}
