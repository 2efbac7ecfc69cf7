/** Buckets, folders and triggers that the functions of one command need, checked against each other before anything is asked. */
import { EXIT, notSupportedYet, ScarError } from "../../../errors.ts";
import type { StorageLocation } from "../../../fdl/contract.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { filtersOverlap, type KeyFilter, keyFilters, shownFilter, suffixesOverlap } from "./key-filters.ts";

/** A place in S3: `folder` ends with a slash, or is empty for the whole bucket. */
export interface S3Place {
  readonly bucket: string;
  readonly folder: string;
}

/** `bucket/a/b`, with or without slashes around it. */
export function parseS3Path(path: string): S3Place {
  const [bucket = "", ...folders] = path.split("/").filter((part) => part !== "");
  return { bucket, folder: folders.length === 0 ? "" : `${folders.join("/")}/` };
}

/** The function's places in its own account's S3; other providers are the supervisor's business. */
export function s3Places(locations: readonly StorageLocation[]): S3Place[] {
  return locations.filter((l) => l.storage_provider === "s3").map((l) => parseS3Path(l.path));
}

/** An input's place, and which of its files start the function: those that any of `filters` takes. */
export interface InputPlace extends S3Place {
  readonly filters: readonly KeyFilter[];
}

export function inputPlaces(locations: readonly StorageLocation[]): InputPlace[] {
  return locations
    .filter((location) => location.storage_provider === "s3")
    .map((location) => {
      const place = parseS3Path(location.path);
      return { ...place, filters: keyFilters(place.folder, location) };
    });
}

/** Throws `NotSupportedYet` for inputs that nothing would trigger. */
export function requireServedInputs(specs: readonly FunctionSpec[]): void {
  for (const { lambda } of specs) {
    const other = lambda.input.find((l) => l.storage_provider !== "s3");
    if (other) throw notSupportedYet(`input from storage provider '${other.storage_provider}'`);
  }
}

/** Whether a file put below `output` starts a function that listens at `input`. */
function triggers(output: StorageLocation, input: StorageLocation): boolean {
  const [out] = s3Places([output]);
  const [into] = inputPlaces([input]);
  if (!out || !into || out.bucket !== into.bucket || !out.folder.startsWith(into.folder)) return false;
  // An output's prefix is of names anywhere below its folder: only its suffix tells what cannot be.
  const endings = keyFilters("", { ...(output.suffix && { suffix: output.suffix }) });
  return endings.some((a) => into.filters.some((b) => suffixesOverlap(a.suffix, b.suffix)));
}

/** Throws `Loop`, naming the functions around it, when outputs start their own function again. */
export function refuseLoops(specs: readonly FunctionSpec[]): void {
  const next = new Map(
    specs.map(({ lambda }) => [
      lambda.name,
      specs
        .filter((other) => lambda.output.some((out) => other.lambda.input.some((into) => triggers(out, into))))
        .map((other) => other.lambda.name),
    ]),
  );
  for (const { lambda } of specs) {
    const cycle = pathBack(lambda.name, next);
    if (cycle === undefined) continue;
    throw new ScarError("Loop", `outputs start their own function again: ${cycle.map((n) => `'${n}'`).join(" → ")}`, {
      exitCode: EXIT.usage,
      hint: "write to a folder outside every input of the cycle; --allow-loop deploys it all the same, for a script that ends it",
    });
  }
}

/** The shortest way from a function back to itself. */
function pathBack(start: string, next: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const seen = new Set<string>();
  let paths = [[start]];
  while (paths.length > 0) {
    const longer: string[][] = [];
    for (const path of paths) {
      for (const name of next.get(path.at(-1)!) ?? []) {
        if (name === start) return [...path, name];
        if (seen.has(name)) continue;
        seen.add(name);
        longer.push([...path, name]);
      }
    }
    paths = longer;
  }
  return undefined;
}

export interface Input extends InputPlace {
  readonly functionName: string;
}

export function inputsOf(specs: readonly FunctionSpec[]): Input[] {
  return specs.flatMap(({ lambda }) => inputPlaces(lambda.input).map((p) => ({ ...p, functionName: lambda.name })));
}

/** Throws `OverlappingInputs` for two inputs that would both see the same files: S3 refuses such notifications. */
export function refuseOverlappingInputs(specs: readonly FunctionSpec[]): void {
  const inputs = inputsOf(specs);
  inputs.forEach((a, i) => {
    for (const b of inputs.slice(i + 1)) {
      const clash = a.bucket === b.bucket && clashOf(a.filters, b.filters);
      if (!clash) continue;
      const shown = (input: Input, filter: KeyFilter) =>
        `'${input.bucket}/${shownFilter(filter)}' of function '${input.functionName}'`;
      throw new ScarError("OverlappingInputs", `inputs overlap: ${shown(a, clash[0])} and ${shown(b, clash[1])}`, {
        exitCode: EXIT.usage,
        hint: "S3 sends each file to one function: give each input a folder of its own, or other suffixes",
      });
    }
  });
}

function clashOf(a: readonly KeyFilter[], b: readonly KeyFilter[]): [KeyFilter, KeyFilter] | undefined {
  for (const one of a) {
    const other = b.find((filter) => filtersOverlap(one, filter));
    if (other) return [one, other];
  }
  return undefined;
}
