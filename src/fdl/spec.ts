import type { ApiSection, LambdaSection, StorageProviders } from "./contract.ts";

/** One function to deploy or use: every value resolved (command line over FDL over scar.cfg over defaults) and validated. */
export interface FunctionSpec {
  readonly lambda: LambdaSection;
  /** `role`: the ARN of the execution role; "" when none is given and the command does not deploy. */
  readonly iam: { readonly role: string; readonly boto_profile?: string };
  readonly cloudwatch: { readonly log_retention_policy_in_days: number };
  /** Undefined: the function has no HTTP endpoint. */
  readonly api_gateway?: ApiSection;
  /** What `scar invoke` sends to the endpoint, as it was given: JSON as text or as a value. */
  readonly request: {
    readonly json_data?: unknown;
    readonly parameters?: unknown;
    /** `authorizationType` of the API's methods; default NONE. */
    readonly authorization: string;
  };
  readonly storage_providers: StorageProviders;
  /** Absolute paths on the user's machine; existence is checked when they are read. */
  readonly files: {
    readonly init_script?: string;
    readonly run_script?: string;
    readonly image_file?: string;
    readonly extra_payload?: string;
    readonly data_binary?: string;
  };
}
