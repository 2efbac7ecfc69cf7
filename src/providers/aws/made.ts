/** What the steps of one plan make and later ones need. */
import type { ApiRemovals } from "./controllers/api-removal.ts";
import type { ApiReference } from "./plan/api-step.ts";
import { type FunctionDefinition, layerKey } from "./plan/steps.ts";

export class Made {
  /** ARNs of published versions, by `layerKey`. */
  readonly layers = new Map<string, string>();
  /** Ids of created APIs, by their function's name. */
  readonly apis = new Map<string, string>();
  #apiRemovals: Promise<ApiRemovals> | undefined;

  /** The queue of all deletions of the plan. */
  apiRemovals(): Promise<ApiRemovals> {
    this.#apiRemovals ??= import("./controllers/api-removal.ts").then((module) => new module.ApiRemovals());
    return this.#apiRemovals;
  }

  /** The function's own layers, and the supervisor's. */
  layersOf({ layers, supervisorLayer }: FunctionDefinition): string[] {
    const arn = "arn" in supervisorLayer ? supervisorLayer.arn : this.layers.get(layerKey(supervisorLayer))!;
    return [...layers, arn];
  }

  apiId(functionName: string, reference: ApiReference): string {
    return reference === "created" ? this.apis.get(functionName)! : reference.id;
  }
}
