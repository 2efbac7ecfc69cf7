/** What a command changed in an account. */
import { leaves } from "../traces.ts";
import type { TraceAccount, TraceFunction } from "./account.ts";
import { shown } from "./compare.ts";
import { possibleFunction } from "./files.ts";

/** What is new, other or gone in an account. */
export function changesOf(before: TraceAccount, after: TraceAccount): Map<string, string> {
  const [old, now] = [flat(before), flat(after)];
  const changes = new Map<string, string>();
  for (const [path, value] of now) if (old.get(path) !== value) changes.set(path, value);
  const gone = Object.entries(before).flatMap(([kind, all]) =>
    Object.keys(all).flatMap((name) => (name in after[kind as keyof TraceAccount] ? [] : [`${kind}.${name}`])),
  );
  for (const name of gone) changes.set(name, "deleted");
  for (const path of old.keys())
    if (!now.has(path) && !gone.some((name) => path.startsWith(`${name}.`))) changes.set(path, "deleted");
  return changes;
}

const NOTHING = ["nothing", "[]", "{}"];

function flat(account: TraceAccount): Map<string, string> {
  const all = Object.entries(account).flatMap(([kind, named]) =>
    Object.entries(named as Record<string, unknown>).flatMap(([name, one]) =>
      leaves(rendered(kind, one), [kind, name]),
    ),
  );
  return new Map(all.map(shown).filter(([, value]) => !NOTHING.includes(value)));
}

function rendered(kind: string, one: unknown): unknown {
  if (kind === "logGroups") return { ...(one as object), events: undefined };
  return kind === "functions" ? renderedFunction(one as TraceFunction) : one;
}

const FIELDS = [
  "Runtime",
  "Role",
  "Handler",
  "Description",
  "Timeout",
  "MemorySize",
  "Architectures",
  "VpcConfig",
  "FileSystemConfigs",
  "PackageType",
  "ImageConfig",
];

function renderedFunction({ config, tags, permissions, package: files }: TraceFunction): unknown {
  const { FDL: _, ...Variables } =
    (config["Environment"] as { Variables?: Record<string, string> } | undefined)?.Variables ?? {};
  const { PackageType, ...picked } = Object.fromEntries(FIELDS.map((name) => [name, config[name]]));
  // The number of a supervisor's layer says nothing.
  const Layers = ((config["Layers"] ?? []) as string[]).map((arn) =>
    arn.split(":layer:")[1]!.replace(/^(.*supervisor):\d+$/, "$1"),
  );
  return possibleFunction({
    ...picked,
    ...(PackageType === "Image" && { PackageType }),
    Layers,
    Variables,
    tags,
    permissions,
    package: files,
  });
}
