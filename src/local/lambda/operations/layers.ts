/** Layer versions. */
import { AwsError } from "../../service.ts";
import { invalid, object, text } from "../control/input.ts";
import type { LayerVersionRecord } from "../model.ts";
import { layerName } from "../names.ts";
import { withCode } from "./code.ts";
import { answer, type Context, noContent, type Operation, page } from "./context.ts";
import { contentLocation } from "./download.ts";

const PAGE = 50;

export const publishLayerVersion: Operation = (context, request, [name]) =>
  withCode(context, request, "PublishLayerVersion", "Content", async ({ body, code, zip }) => {
    if (!code) invalid("Please provide a source for layer code.");
    const license = text(body, "LicenseInfo");
    const layer = {
      name: layerName(name!),
      description: text(body, "Description") ?? "",
      runtimes: list(body["CompatibleRuntimes"]),
      architectures: list(body["CompatibleArchitectures"]),
      ...(license === undefined ? {} : { license }),
    };
    const record = await context.layers.publish(layer, zip, code);
    return answer(201, described(context, record));
  });

export const getLayerVersion: Operation = async (context, _request, [name, version]) =>
  answer(200, described(context, requireVersion(context, name!, version!)));

export const getLayerVersionByArn: Operation = async (context, request) => {
  const arn = request.query.get("Arn") ?? "";
  const record = context.layers.find(arn);
  if (!record) throw notFound();
  return answer(200, described(context, record));
};

export const listLayerVersions: Operation = async (context, request, [name]) => {
  const newestFirst = [...context.layers.versions(layerName(name!))].reverse();
  return page(request, matching(newestFirst, request.query).map(listed), "LayerVersions", PAGE);
};

export const listLayers: Operation = async (context, request) => {
  const layers = context.layers.names().flatMap((name) => {
    const latest = matching(context.layers.versions(name), request.query).at(-1);
    return latest ? [{ LayerName: name, LayerArn: latest.LayerArn, LatestMatchingVersion: listed(latest) }] : [];
  });
  return page(request, layers, "Layers", PAGE);
};

/** Deleting what is not there succeeds, as on AWS. */
export const deleteLayerVersion: Operation = async (context, _request, [name, version]) => {
  await context.layers.delete(layerName(name!), Number(version));
  return noContent;
};

function requireVersion(context: Context, name: string, version: string): LayerVersionRecord {
  const record = context.layers.versions(layerName(name)).find((one) => one.Version === Number(version));
  if (!record) throw notFound();
  return record;
}

function notFound(): AwsError {
  return new AwsError(404, "ResourceNotFoundException", "The resource you requested does not exist.");
}

function matching(records: readonly LayerVersionRecord[], query: URLSearchParams): readonly LayerVersionRecord[] {
  const runtime = query.get("CompatibleRuntime");
  const architecture = query.get("CompatibleArchitecture");
  return records.filter(
    (record) =>
      (runtime === null || record.CompatibleRuntimes.includes(runtime)) &&
      (architecture === null || record.CompatibleArchitectures.includes(architecture)),
  );
}

function listed(record: LayerVersionRecord): Record<string, unknown> {
  const {
    LayerVersionArn,
    Version,
    Description,
    CreatedDate,
    CompatibleRuntimes,
    CompatibleArchitectures,
    LicenseInfo,
  } = record;
  return {
    LayerVersionArn,
    Version,
    Description,
    CreatedDate,
    CompatibleRuntimes,
    CompatibleArchitectures,
    LicenseInfo,
  };
}

function described(context: Context, record: LayerVersionRecord): Record<string, unknown> {
  const { LayerArn, CodeSha256, CodeSize } = record;
  return { ...listed(record), LayerArn, Content: { CodeSha256, CodeSize, ...contentLocation(context, record) } };
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : Object.values(object(value)).map(String);
}
