/** test/fixtures/trace-steps.json: what each step of the traces comes to here. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TraceStep } from "../traces.ts";

/** What is not served yet; a step leaves the list with the work that serves it. */
export const NEEDS = ["AWS Batch", "runtime image (ECR)", "OSCAR", "MinIO"] as const;

/**
 * `deviation N` (docs/deviations.md), `fault N` or `surprise N` of the original's lists, `stand-in: …` and `recording: …`: what only the
 * stand-in for AWS has, or the recording left out; `later: …` for a part of it. A `deviation 34 without -sv 1.5.8` leaves these words out
 * of the command line, `deviation 77 with --yes` puts some in.
 */
type Reason = string;

/** By reason, patterns of differences (`what: theirs → ours`); `*` is any text. */
type Differences = Readonly<Record<Reason, readonly string[]>>;

/** `equal` means but for what differs everywhere. */
export type Entry = "equal" | `later: ${(typeof NEEDS)[number]}` | Differences;

interface Table {
  readonly everywhere: Differences;
  /** By trace and number, `b05-init-all-flags 0`. */
  readonly steps: Readonly<Record<string, Entry>>;
}

const FILE = fileURLToPath(new URL("../../fixtures/trace-steps.json", import.meta.url));
const { everywhere, steps } = JSON.parse(readFileSync(FILE, "utf8")) as Table;

export const STEPS: Readonly<Record<string, Entry | undefined>> = steps;

const COMMON = Object.values(everywhere).flat();

export const isLater = (entry: Entry): boolean => typeof entry === "string" && entry !== "equal";

const CHANGE = / (without|with) (-.+)$/;

/** The step's command line without its first word, as the table changes it. */
export function argvOf({ argv: [, ...argv] }: TraceStep, entry: Entry): string[] {
  for (const reason of typeof entry === "string" ? [] : Object.keys(entry)) {
    const [, how, text = ""] = CHANGE.exec(reason) ?? [];
    const words = text.split(" ");
    if (how === "with") argv.push(...words);
    if (how !== "without") continue;
    const at = argv.findIndex((_, i) => words.every((word, j) => argv[i + j] === word));
    if (at < 0) throw new Error(`the step has no '${text}'`);
    argv.splice(at, words.length);
  }
  return argv;
}

function matches(pattern: string, difference: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(difference);
}

/** Differences that nothing explains, patterns that explain nothing, and those that explain something. */
export function unexplained(entry: Entry, differences: readonly string[]) {
  const own = typeof entry === "string" ? [] : Object.values(entry).flat();
  const used = new Set<string>();
  const unlisted = differences.filter((difference) => {
    const pattern = [...own, ...COMMON].find((one) => matches(one, difference));
    if (pattern !== undefined) used.add(pattern);
    return pattern === undefined;
  });
  return { unlisted, idle: own.filter((pattern) => !used.has(pattern)), used };
}

/** Patterns listed for all steps that are not among those. */
export const idleEverywhere = (occurred: ReadonlySet<string>): string[] =>
  COMMON.filter((pattern) => !occurred.has(pattern));

/** All of them, without those of `equal`; `later: …` is a reason too. */
export function reasonsOf(): string[] {
  const listed = [everywhere, ...Object.values(steps)].flatMap((one) =>
    typeof one === "string" ? [one] : Object.keys(one).map((reason) => reason.replace(CHANGE, "")),
  );
  return [...new Set(listed)].filter((reason) => reason !== "equal");
}
