/** What no single field can tell: rules between fields, between functions, and between functions and storage providers. */
import type { Problem } from "../errors.ts";
import type { Origins } from "../fdl/environment.ts";
import { PROVIDER } from "../fdl/fields/storage.ts";
import { shown } from "../fdl/shown.ts";
import type { FunctionSpec } from "../fdl/spec.ts";
import { nearest } from "../fdl/suggest.ts";
import { isTree, type Tree } from "../fdl/tree.ts";
import type { Locate } from "../fdl/validate.ts";

/** Where a value of the function stands, for the problem's text; `written` is what stands there when a variable gave the value. */
export type Place = (index: number, path: string) => Pick<Problem, "path" | "location"> & { readonly written?: string };

type PlaceInside = (path: string) => ReturnType<Place>;

/** Problems of the resolved functions of one command. */
export function checkFunctions(specs: readonly FunctionSpec[], place: Place): Problem[] {
  return [
    ...names(specs, place),
    ...specs.flatMap((spec, i) => [
      ...providers(spec, (path) => place(i, path)),
      ...ownDestinations(spec, (path) => place(i, path)),
    ]),
  ];
}

/** What a function must have besides, to be deployed. */
export function checkDeployable(specs: readonly FunctionSpec[], place: Place): Problem[] {
  return specs.flatMap(({ lambda }, i) => {
    const problems: Problem[] = [];
    const { image, image_file, timeout_threshold } = lambda.container;
    if (image === undefined && image_file === undefined) {
      problems.push(problem(place(i, "lambda.container"), "image or image_file is missing"));
    }
    if (timeout_threshold >= lambda.timeout) {
      const wrong = `${timeout_threshold} s kept back leave nothing of the function's ${lambda.timeout} s`;
      problems.push(problem(place(i, "lambda.container.timeout_threshold"), wrong));
    }
    return problems;
  });
}

/**
 * Problems of a whole FDL that need no other source: storage that no provider of the file has, of functions and services of any kind.
 */
export function checkDocument(fdl: Tree, locate: Locate, { written, unset }: Origins): Problem[] {
  return storageOf(fdl["functions"]).flatMap(({ path, provider, ofCluster }): Problem[] => {
    if (unset.has(path)) return [];
    // A cluster has a MinIO of its own, of that id, and it is what a type alone means there.
    if (ofCluster && (provider === "minio.default" || !provider.includes("."))) return [];
    const message = unknownProvider(provider, fdl["storage_providers"], written.get(path));
    return message === undefined ? [] : [{ path, message, ...locate(path) }];
  });
}

interface Storage {
  readonly path: string;
  readonly provider: string;
  readonly ofCluster: boolean;
}

/** Every `storage_provider` of the functions and services of an FDL. */
function storageOf(functions: unknown): Storage[] {
  const { aws, oscar } = isTree(functions) ? functions : {};
  const ofAws = elements(aws).flatMap(([path, element]) =>
    locations(element["lambda"], `functions.aws${path}.lambda`, false),
  );
  const ofOscar = elements(oscar).flatMap(([path, element]) =>
    Object.entries(element).flatMap(([cluster, service]) =>
      locations(service, `functions.oscar${path}.${cluster}`, true),
    ),
  );
  return [...ofAws, ...ofOscar];
}

function locations(holder: unknown, path: string, ofCluster: boolean): Storage[] {
  return ["input", "output"].flatMap((side) =>
    elements(isTree(holder) ? holder[side] : []).flatMap(([at, { storage_provider: provider }]) =>
      typeof provider === "string" && PROVIDER.test(provider)
        ? [{ path: `${path}.${side}${at}.storage_provider`, provider, ofCluster }]
        : [],
    ),
  );
}

/** The maps of a list, each with its `[i]`. */
function elements(list: unknown): [string, Tree][] {
  const all: unknown[] = Array.isArray(list) ? list : [];
  return all.flatMap((item, i): [string, Tree][] => (isTree(item) ? [[`[${i}]`, item]] : []));
}

function problem({ written: _unseen, ...place }: ReturnType<Place>, message: string): Problem {
  return { ...place, message };
}

function names(specs: readonly FunctionSpec[], place: Place): Problem[] {
  return specs.flatMap(({ lambda: { name } }, i): Problem[] => {
    const at = place(i, "lambda.name");
    if (name === "") return [problem(at, "is missing")];
    const first = specs.findIndex((spec) => spec.lambda.name === name);
    if (first === i) return [];
    return [problem(at, `${shown(at.written ?? name)} is the name of functions.aws[${first}] too`)];
  });
}

/** AWS refuses a function as its own destination: it would run for ever. */
function ownDestinations({ lambda }: FunctionSpec, place: PlaceInside): Problem[] {
  return (["on_success", "on_failure"] as const).flatMap((field): Problem[] => {
    const [, , service, region, , , name] = lambda.event_invoke_config?.[field]?.split(":") ?? [];
    if (service !== "lambda" || region !== lambda.region || name !== lambda.name) return [];
    const path = `lambda.event_invoke_config.${field}`;
    return [problem(place(path), "is the function itself: its records must go elsewhere")];
  });
}

function providers({ lambda, storage_providers }: FunctionSpec, place: PlaceInside): Problem[] {
  return (["input", "output"] as const).flatMap((side) =>
    lambda[side].flatMap(({ storage_provider }, i): Problem[] => {
      const at = place(`lambda.${side}[${i}].storage_provider`);
      // Not filled in: nobody can tell yet.
      if (at.written === storage_provider) return [];
      const message = unknownProvider(storage_provider, storage_providers, at.written);
      return message === undefined ? [] : [problem(at, message)];
    }),
  );
}

/** What is wrong with `s3`, `s3.ID`, `minio.ID` or `onedata.ID`, if anything: an id must be one of `storage_providers`. */
function unknownProvider(name: string, known: unknown, written = name): string | undefined {
  const [type = "", id] = name.split(/\.(.*)/s);
  if (id === undefined) return type === "s3" ? undefined : `${shown(written)} needs the id of a provider: ${type}.ID`;
  const ofType = isTree(known) && isTree(known[type]) ? known[type] : {};
  if (Object.hasOwn(ofType, id) && ofType[id] != null) return undefined;
  const near = nearest(id, Object.keys(ofType));
  const hint = near === undefined ? "" : `; did you mean '${type}.${near}'?`;
  return `${shown(written)}: storage_providers.${type} has no ${written === name ? shown(id) : "such id"}${hint}`;
}
