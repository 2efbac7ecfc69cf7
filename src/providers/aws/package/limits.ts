/** AWS's limits of a zip function, checked before the first write (AWS: "Lambda quotas"). */
import { ScarError } from "../../../errors.ts";
import type { ZipFile } from "./zip.ts";

const MIB = 1024 * 1024;

export interface PackageLimits {
  /** Bytes of a zip that travels in the request; AWS: 50 MB. */
  readonly direct: number;
  /** Bytes unpacked, layers included; AWS: 250 MB. */
  readonly unpacked: number;
}

export interface SizedPackage {
  readonly functionName: string;
  readonly zip: ZipFile;
  /** The zip travels through this bucket; undefined: in the request. */
  readonly deploymentBucket: string | undefined;
}

export function checkPackageSize(sized: SizedPackage, layerUnpacked: number, limits: PackageLimits): void {
  const { functionName, zip, deploymentBucket } = sized;
  const unpacked = zip.unpackedSize + layerUnpacked;
  if (unpacked > limits.unpacked) {
    throw new ScarError(
      "PackageTooLarge",
      `the package of function '${functionName}' is ${mib(unpacked)} unpacked, with the supervisor's layer; Lambda allows ${mib(limits.unpacked)}`,
      { hint: "make the image smaller, or name it with -i so that it is fetched when the function runs" },
    );
  }
  if (deploymentBucket === undefined && zip.size > limits.direct) {
    throw new ScarError(
      "PackageTooLarge",
      `the package of function '${functionName}' is ${mib(zip.size)}; a request may carry ${mib(limits.direct)}`,
      {
        hint: "name a deployment bucket (lambda.deployment.bucket in the FDL, or -db BUCKET): packages that large travel through it",
      },
    );
  }
}

/** All variables of a function, names and values; AWS: 4 KB. */
const ENVIRONMENT_LIMIT = 4096;

export function checkEnvironmentSize(functionName: string, variables: Readonly<Record<string, string>>): void {
  const size = Buffer.byteLength(JSON.stringify(variables));
  if (size > ENVIRONMENT_LIMIT) {
    throw new ScarError(
      "EnvironmentTooLarge",
      `the environment of function '${functionName}' takes ${size} bytes (its FDL included); Lambda allows ${ENVIRONMENT_LIMIT}`,
      { hint: "move values from lambda.environment to lambda.container.environment, or shorten them" },
    );
  }
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
