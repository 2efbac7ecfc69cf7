/** What no single field can tell: rules between fields and between functions. */
import type { Problem } from "../errors.ts";
import type { FunctionSpec } from "../fdl/spec.ts";

/** Where the sections came from, for the problem's text. */
export type Place = (index: number, path: string) => Pick<Problem, "path" | "location">;

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
      problems.push({ ...place(i, "lambda.container"), message: "image or image_file is missing" });
    }
    if (timeout_threshold >= lambda.timeout) {
      problems.push({
        ...place(i, "lambda.container.timeout_threshold"),
        message: `${timeout_threshold} s kept back leave nothing of the function's ${lambda.timeout} s`,
      });
    }
    return problems;
  });
}

function names(specs: readonly FunctionSpec[], place: Place): Problem[] {
  return specs.flatMap(({ lambda: { name } }, i): Problem[] => {
    if (name === "") return [{ ...place(i, "lambda.name"), message: "is missing" }];
    const first = specs.findIndex((spec) => spec.lambda.name === name);
    if (first === i) return [];
    return [{ ...place(i, "lambda.name"), message: `'${name}' is the name of functions.aws[${first}] too` }];
  });
}

/** AWS refuses a function as its own destination: it would run for ever. */
function ownDestinations(
  { lambda }: FunctionSpec,
  place: (path: string) => Pick<Problem, "path" | "location">,
): Problem[] {
  return (["on_success", "on_failure"] as const).flatMap((field): Problem[] => {
    const [, , service, region, , , name] = lambda.event_invoke_config?.[field]?.split(":") ?? [];
    if (service !== "lambda" || region !== lambda.region || name !== lambda.name) return [];
    const path = `lambda.event_invoke_config.${field}`;
    return [{ ...place(path), message: "is the function itself: its records must go elsewhere" }];
  });
}

function providers(
  { lambda, storage_providers }: FunctionSpec,
  place: (path: string) => Pick<Problem, "path" | "location">,
): Problem[] {
  return (["input", "output"] as const).flatMap((side) =>
    lambda[side].flatMap(({ storage_provider }, i): Problem[] => {
      const [type = "", id] = storage_provider.split(/\.(.*)/s);
      if (id === undefined || storage_providers[type]?.[id] !== undefined) return [];
      const path = `lambda.${side}[${i}].storage_provider`;
      return [{ ...place(path), message: `'${storage_provider}': storage_providers.${type} has no '${id}'` }];
    }),
  );
}
