/** The steps about functions' REST APIs. */
import type { ApiDefinition } from "../api/definition.ts";
import type { Identity } from "../arn.ts";

/** An API that is there, or the one that this plan creates for the function: AWS chooses its id. */
export type ApiReference = { readonly id: string } | "created";

export type ApiStep =
  /** An empty one: `deploy-api` makes the rest. */
  | { readonly kind: "create-api"; readonly functionName: string; readonly api: ApiDefinition }
  /** Whatever the API lacks of what its definition says. */
  | {
      readonly kind: "deploy-api";
      readonly functionName: string;
      readonly reference: ApiReference;
      readonly api: ApiDefinition;
      readonly region: string;
      readonly partition: string;
    }
  | {
      readonly kind: "allow-api";
      readonly functionName: string;
      readonly reference: ApiReference;
      readonly region: string;
      readonly identity: Identity;
    }
  | {
      readonly kind: "forbid-api";
      readonly functionName: string;
      readonly apiId: string;
      /** Of the function's policy. */
      readonly statementIds: readonly string[];
    }
  | { readonly kind: "delete-api"; readonly functionName: string; readonly apiId: string };

export function describeApiStep(step: ApiStep): string {
  switch (step.kind) {
    case "create-api":
      return `create API '${step.api.name}' for function '${step.functionName}'`;
    case "deploy-api":
      return `deploy API '${step.api.name}' of function '${step.functionName}'`;
    case "allow-api":
      return `let the API invoke function '${step.functionName}'`;
    case "forbid-api":
      return `let API '${step.apiId}' no longer invoke function '${step.functionName}'`;
    case "delete-api":
      return `delete API '${step.apiId}' of function '${step.functionName}'`;
  }
}
