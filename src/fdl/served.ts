/** Fields that this version knows and does not serve yet; a line goes away with the work that serves it. */
import { isTree, type Tree } from "./tree.ts";

interface Later {
  /** Values that ask for nothing, and so are served. */
  readonly except?: readonly unknown[];
  /** It makes resources of its own, which `rm` would have to find. */
  readonly resources?: true;
}

/** By path in one element of `functions.aws`. */
const LATER: Readonly<Record<string, Later>> = {
  "lambda.container.alpine": { except: [false] },
  "lambda.container.create_image": { except: [false] },
  "lambda.execution_mode": { except: ["lambda"], resources: true },
  "api_gateway.http_method": { except: ["ANY"] },
  "api_gateway.method.authorizationType": { except: ["NONE", "AWS_IAM"] },
  "api_gateway.integration.type": { except: ["AWS_PROXY"] },
  "api_gateway.integration.integrationHttpMethod": { except: ["POST"] },
  "api_gateway.path_part": { except: ["{proxy+}"] },
  "api_gateway.stage_name": { except: ["scar"] },
  batch: { resources: true },
  ecr: { resources: true },
};

/** What the help says of a field that is not, or not wholly, served; undefined when it is. */
export function unservedNote(path: string): string | undefined {
  const known = Object.keys(LATER).find((later) => path === later || path.startsWith(`${later}.`));
  if (known === undefined) return undefined;
  const words = (LATER[known]?.except ?? []).filter((value) => typeof value === "string");
  return words.length > 0 ? `only '${words.join("', '")}' yet` : "not supported yet";
}

/** A field that asks for what is not served yet. */
export interface Unserved {
  readonly path: string;
  /** What it is about the field, when other values of it are served: `: image`. */
  readonly detail: string;
}

/** What one function asks for and is not served yet; `resources`: only what makes resources of its own. */
export function unservedFunctionFields(section: Tree, what: "deployment" | "resources"): Unserved[] {
  const listed = Object.entries(LATER).flatMap(([path, { except, resources }]) => {
    if (what === "resources" && !resources) return [];
    // Who says that it is Lambda alone asks for nothing of Batch's.
    if (path === "batch" && at(section, "lambda.execution_mode") === "lambda") return [];
    const value = at(section, path);
    if (value === undefined || value === null || except?.includes(value) || isClientAlone(value)) return [];
    return [{ path, detail: except && typeof value === "string" ? `: ${value}` : "" }];
  });
  if (at(section, "lambda.runtime") === "image") listed.push({ path: "lambda.runtime", detail: ": image" });
  return what === "resources" ? listed : [...listed, ...unservedStorage(section)];
}

/** A section that names no more than how AWS would be called: `-pf` says so of every section. */
function isClientAlone(value: unknown): boolean {
  const keys = isTree(value) ? Object.keys(value) : [];
  return keys.length > 0 && keys.every((key) => key === "boto_profile" || key === "region");
}

/** Paths of what a whole FDL asks for and is not served yet. */
export function unservedTopFields(fdl: Tree): string[] {
  const oscar = at(fdl, "functions.oscar");
  return oscar === undefined || oscar === null ? [] : ["functions.oscar"];
}

function unservedStorage(section: Tree): Unserved[] {
  return ["input", "output"].flatMap((side) => {
    const list = at(section, `lambda.${side}`);
    return (Array.isArray(list) ? list : []).flatMap((location: unknown, i) => {
      const provider = isTree(location) ? location["storage_provider"] : "s3";
      return provider === "s3"
        ? []
        : [{ path: `lambda.${side}[${i}].storage_provider`, detail: `: ${String(provider)}` }];
    });
  });
}

function at(tree: Tree, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (isTree(value) && Object.hasOwn(value, key) ? value[key] : undefined), tree);
}
