/** The zips behind `Code.Location` and `Content.Location`. */
import { createReadStream, statSync } from "node:fs";
import { AwsError, type AwsResponse } from "../../service.ts";
import { presignedLocation } from "../code/location.ts";
import type { FunctionRecord, LayerVersionRecord } from "../model.ts";
import type { Context, Operation } from "./context.ts";

const SNAPSHOTS = "/snapshots";

/** Empty while the function is Pending, and for code of a server that did not keep its zips. */
export function codeLocation({ functions, ports }: Context, record: FunctionRecord): { readonly Location?: string } {
  const { FunctionName: name, deployment } = record;
  if (functions.zip(name, deployment) === undefined) return {};
  return { Location: presignedLocation(ports.settings, `${SNAPSHOTS}/functions/${name}/${deployment}`) };
}

export function contentLocation(
  { layers, ports }: Context,
  record: LayerVersionRecord,
): { readonly Location?: string } {
  if (layers.zip(record) === undefined) return {};
  const { LayerName, Version } = record;
  return { Location: presignedLocation(ports.settings, `${SNAPSHOTS}/layers/${LayerName}/${Version}`) };
}

export const downloadCode: Operation = async ({ functions }, _request, [name, deployment]) => {
  const current = functions.get(name!)?.deployment === deployment;
  return download(current ? functions.zip(name!, deployment!) : undefined);
};

export const downloadContent: Operation = async ({ layers }, _request, [name, version]) => {
  const record = layers.versions(name!).find((one) => one.Version === Number(version));
  return download(record && layers.zip(record));
};

function download(path: string | undefined): AwsResponse {
  if (path === undefined) throw new AwsError(404, "ResourceNotFoundException", "The zip is not there any more");
  return {
    status: 200,
    headers: { "content-type": "application/zip", "content-length": statSync(path).size },
    body: createReadStream(path),
  };
}
