/** Buckets, folders and triggers that the functions of one command need, checked against each other before anything is asked. */
import { EXIT, notSupportedYet, ScarError } from "../../../errors.ts";
import type { StorageLocation } from "../../../fdl/contract.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";

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

/** Throws `NotSupportedYet` for inputs that nothing would trigger. */
export function requireServedInputs(specs: readonly FunctionSpec[]): void {
  for (const { lambda } of specs) {
    const other = lambda.input.find((l) => l.storage_provider !== "s3");
    if (other) throw notSupportedYet(`input from storage provider '${other.storage_provider}'`);
  }
}

/** Whether a file put below `output` starts a function that listens at `input`. */
function triggers(output: S3Place, input: S3Place): boolean {
  return output.bucket === input.bucket && output.folder.startsWith(input.folder);
}

/** Throws `Loop`, naming the functions around it, when outputs start their own function again. */
export function refuseLoops(specs: readonly FunctionSpec[]): void {
  const next = new Map(
    specs.map(({ lambda }) => [
      lambda.name,
      specs
        .filter((other) =>
          s3Places(lambda.output).some((out) => s3Places(other.lambda.input).some((into) => triggers(out, into))),
        )
        .map((other) => other.lambda.name),
    ]),
  );
  for (const { lambda } of specs) {
    const cycle = pathBack(lambda.name, next);
    if (cycle === undefined) continue;
    throw new ScarError("Loop", `outputs start their own function again: ${cycle.map((n) => `'${n}'`).join(" → ")}`, {
      exitCode: EXIT.usage,
      hint: "write to a folder outside every input of the cycle",
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

export interface Input extends S3Place {
  readonly functionName: string;
}

export function inputsOf(specs: readonly FunctionSpec[]): Input[] {
  return specs.flatMap(({ lambda }) => s3Places(lambda.input).map((p) => ({ ...p, functionName: lambda.name })));
}

/** Throws `OverlappingInputs` for two inputs that would both see the same files: S3 refuses such notifications. */
export function refuseOverlappingInputs(specs: readonly FunctionSpec[]): void {
  const inputs = inputsOf(specs);
  inputs.forEach((a, i) => {
    for (const b of inputs.slice(i + 1)) {
      if (a.bucket !== b.bucket || !(a.folder.startsWith(b.folder) || b.folder.startsWith(a.folder))) continue;
      throw new ScarError(
        "OverlappingInputs",
        `inputs overlap: '${a.bucket}/${a.folder}' of function '${a.functionName}' and '${b.bucket}/${b.folder}' of function '${b.functionName}'`,
        { exitCode: EXIT.usage, hint: "S3 sends each file to one function: give each input a folder of its own" },
      );
    }
  });
}
