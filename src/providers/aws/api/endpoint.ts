/** Where a function's API answers. */
import type { AwsSession } from "../session.ts";

/** Name of the stage that `init` deploys to; SCAR's. */
export const STAGE = "scar";

/** Last part of the path: `launch` waits for the answer, `async` (APIs of this scar alone) does not. */
export type EndpointPath = "launch" | "async";

/** Domains of AWS's partitions (AWS: "Service endpoints and quotas"). */
const DOMAINS: Readonly<Record<string, string>> = {
  "aws-cn": "amazonaws.com.cn",
  "aws-iso": "c2s.ic.gov",
  "aws-iso-b": "sc2s.sgov.gov",
};

/** A custom endpoint serves APIs below its own address, as it has no domain for them. */
export function endpointUrl(
  { region, endpoint }: Pick<AwsSession, "region" | "endpoint">,
  partition: string,
  apiId: string,
  path: EndpointPath = "launch",
): string {
  const host =
    endpoint === undefined
      ? `https://${apiId}.execute-api.${region}.${DOMAINS[partition] ?? "amazonaws.com"}`
      : `${endpoint.replace(/\/+$/, "")}/_aws/execute-api/${apiId}`;
  return `${host}/${STAGE}/${path}`;
}
