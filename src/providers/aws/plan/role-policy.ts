/** The execution role that functions need, as IAM's documents: what the supervisor and Lambda itself do in their name, and no more. Pure. */
import type { FunctionSpec } from "../../../fdl/spec.ts";
import {
  joinNetwork,
  mountFileSystems,
  onFiles,
  pullImages,
  type RolePlace,
  type Statement,
  sendRecords,
  writeLogs,
} from "./role-statements.ts";
import { s3Places } from "./storage.ts";

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** Lets Lambda run functions as the role. */
export const TRUST_POLICY = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
} as const;

/** The partition that a region is in, where no ARN tells it (AWS: "Amazon Resource Names"). */
export function partitionOf(region: string): string {
  const found = (
    [
      ["cn-", "aws-cn"],
      ["us-gov-", "aws-us-gov"],
      ["us-isob-", "aws-iso-b"],
      ["us-isof-", "aws-iso-f"],
      ["us-iso-", "aws-iso"],
      ["eu-isoe-", "aws-iso-e"],
      ["eusc-", "aws-eusc"],
    ] as const
  ).find(([prefix]) => region.startsWith(prefix));
  return found?.[1] ?? "aws";
}

/** What all of these functions together need. Each statement has a `Sid` that says what for; those without a resource are left out. */
export function rolePolicy(specs: readonly FunctionSpec[], place: RolePlace): PolicyDocument {
  const statements = [
    writeLogs(specs, place),
    onFiles(
      "ReadInputs",
      ["s3:GetObject"],
      specs.flatMap(({ lambda }) => s3Places(lambda.input)),
      place,
    ),
    onFiles(
      "WriteOutputs",
      ["s3:PutObject", "s3:AbortMultipartUpload"],
      specs.flatMap(({ lambda }) => s3Places(lambda.output)),
      place,
    ),
    ...pullImages(specs, place),
    joinNetwork(specs),
    mountFileSystems(specs, place),
    ...sendRecords(specs),
  ];
  return { Version: "2012-10-17", Statement: statements.filter(({ Resource }) => Resource.length > 0) };
}
