/** Layer versions: the supervisor travels in one, shared by all functions of its release. */
import { readFile } from "node:fs/promises";
import {
  DeleteLayerVersionCommand,
  type LambdaClient,
  PublishLayerVersionCommand,
  paginateListLayerVersions,
} from "@aws-sdk/client-lambda";
import { AwsError, isAwsError } from "../errors.ts";
import type { LayerPackage } from "../package/layer.ts";
import { publishedWith } from "../plan/supervisor-layer.ts";

export interface LayerVersion {
  readonly arn: string;
  /** Ours: `VERSION sha256:HASH`; the original's: the supervisor's version. */
  readonly description: string;
  /** Processors that it says it is for; none: all, or it does not say. */
  readonly architectures: readonly string[];
}

/** All versions of a layer, newest first; none when there is no such layer. */
export async function layerVersions(lambda: LambdaClient, name: string): Promise<LayerVersion[]> {
  const found: LayerVersion[] = [];
  try {
    for await (const page of paginateListLayerVersions({ client: lambda }, { LayerName: name })) {
      for (const version of page.LayerVersions ?? []) {
        found.push({
          arn: version.LayerVersionArn ?? "",
          description: version.Description ?? "",
          architectures: version.CompatibleArchitectures ?? [],
        });
      }
    }
  } catch (error) {
    if (!isAwsError(error, "ResourceNotFoundException")) throw error;
  }
  return found;
}

/**
 * The ARN of the layer version with this content, published when there is none. Lambda has no "publish unless": of several inits at once
 * each looks again after it published, and takes back its own version when an older one has the content.
 */
export async function ensureLayer(lambda: LambdaClient, layer: LayerPackage): Promise<string> {
  const before = publishedWith(layer.description, await layerVersions(lambda, layer.name));
  if (before !== undefined) return before.arn;
  const own = await publishLayer(lambda, layer);
  const oldest = publishedWith(layer.description, await layerVersions(lambda, layer.name))?.arn ?? own;
  if (oldest !== own) await deleteVersion(lambda, layer.name, own);
  return oldest;
}

/** A duplicate does no harm: who may not delete it leaves it. */
async function deleteVersion(lambda: LambdaClient, name: string, arn: string): Promise<void> {
  const version = Number(arn.split(":").at(-1));
  try {
    await lambda.send(new DeleteLayerVersionCommand({ LayerName: name, VersionNumber: version }));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
  }
}

async function publishLayer(lambda: LambdaClient, layer: LayerPackage): Promise<string> {
  const published = await lambda.send(
    new PublishLayerVersionCommand({
      LayerName: layer.name,
      Description: layer.description,
      Content: { ZipFile: await readFile((await layer.zip()).path) },
      CompatibleRuntimes: [...layer.runtimes] as never[],
      CompatibleArchitectures: [layer.architecture],
      LicenseInfo: layer.license,
    }),
  );
  return published.LayerVersionArn!;
}
