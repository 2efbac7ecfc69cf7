/** Fields that this version knows and does not serve yet; a line goes away with the work that serves it. */
import { isTree, type Tree } from "./tree.ts";

/** Path in one element of `functions.aws` → the values that are served all the same (those that ask for nothing). */
const LATER: Readonly<Record<string, readonly unknown[]>> = {
  "lambda.container.image": [],
  "lambda.container.alpine": [false],
  "lambda.container.create_image": [false],
  "lambda.execution_mode": ["lambda"],
  "lambda.preheat": [false],
  "lambda.extra_payload": [],
  "lambda.deployment.bucket": [],
  "lambda.supervisor.version": ["latest"],
  "lambda.vpc": [],
  "lambda.file_system": [],
  "lambda.architectures": [],
  "lambda.ephemeral_storage": [512],
  "api_gateway.name": [],
  "api_gateway.data_binary": [],
  "api_gateway.json_data": [],
  "api_gateway.parameters": [],
  batch: [],
  ecr: [],
};

/** The paths of one function's section that ask for something not served yet. */
export function unservedPaths(section: Tree): string[] {
  return Object.entries(LATER)
    .filter(([path, served]) => {
      const value = path
        .split(".")
        .reduce<unknown>((at, key) => (isTree(at) && Object.hasOwn(at, key) ? at[key] : undefined), section);
      if (value === undefined || value === null) return false;
      // With image_file, `image` only names what the file holds.
      if (path === "lambda.container.image" && hasImageFile(section)) return false;
      return !served.includes(value);
    })
    .map(([path]) => path)
    .concat(isTree(section["lambda"]) && section["lambda"]["runtime"] === "image" ? ["lambda.runtime"] : [])
    .concat(unservedStorage(section));
}

function hasImageFile(section: Tree): boolean {
  const lambda = section["lambda"];
  const container = isTree(lambda) ? lambda["container"] : undefined;
  return isTree(container) && container["image_file"] !== undefined && container["image_file"] !== null;
}

/** Storage other than S3. */
function unservedStorage(section: Tree): string[] {
  const lambda = section["lambda"];
  if (!isTree(lambda)) return [];
  return (["input", "output"] as const).flatMap((side) => {
    const list = lambda[side];
    if (!Array.isArray(list)) return [];
    return list.flatMap((item, i) => {
      const provider = isTree(item) ? item["storage_provider"] : undefined;
      return typeof provider === "string" && provider.split(".")[0] !== "s3"
        ? [`lambda.${side}[${i}].storage_provider`]
        : [];
    });
  });
}
