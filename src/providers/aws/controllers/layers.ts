/** Layer versions: the supervisor travels in one, shared by all functions of its release. */
import { readFile } from "node:fs/promises";
import { type LambdaClient, PublishLayerVersionCommand, paginateListLayerVersions } from "@aws-sdk/client-lambda";
import { isAwsError } from "../errors.ts";
import type { LayerPackage } from "../package/layer.ts";

export interface LayerVersion {
  readonly arn: string;
  /** Ours: `VERSION sha256:HASH`; the original's: the supervisor's version. */
  readonly description: string;
}

/** All versions of a layer, newest first; none when there is no such layer. */
export async function layerVersions(lambda: LambdaClient, name: string): Promise<LayerVersion[]> {
  const found: LayerVersion[] = [];
  try {
    for await (const page of paginateListLayerVersions({ client: lambda }, { LayerName: name })) {
      for (const version of page.LayerVersions ?? []) {
        found.push({ arn: version.LayerVersionArn ?? "", description: version.Description ?? "" });
      }
    }
  } catch (error) {
    if (!isAwsError(error, "ResourceNotFoundException")) throw error;
  }
  return found;
}

/** Returns the ARN of the new version. */
export async function publishLayer(lambda: LambdaClient, layer: LayerPackage): Promise<string> {
  const published = await lambda.send(
    new PublishLayerVersionCommand({
      LayerName: layer.name,
      Description: layer.description,
      Content: { ZipFile: await readFile(layer.zip.path) },
      CompatibleRuntimes: [...layer.runtimes] as never[],
      LicenseInfo: layer.license,
    }),
  );
  return published.LayerVersionArn!;
}
