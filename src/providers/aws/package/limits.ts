/** AWS's limits of a zip function, checked before the first write (AWS: "Lambda quotas"). */
import { ScarError } from "../../../errors.ts";
import { shownSize } from "./sizes.ts";
import type { ZipFile } from "./zip.ts";

/** `lambda.deployment`: SCAR's defaults are AWS's limits. */
export interface PackageLimits {
  /** `max_payload_size`: bytes of a zip that travels in the request; AWS: 50 MB (52 428 800). */
  readonly direct: number;
  /** `max_s3_payload_size`: bytes unpacked, layers included, however the zip travels; AWS: 250 MB (262 144 000). */
  readonly unpacked: number;
}

export interface SizedPackage {
  readonly functionName: string;
  readonly zip: ZipFile;
  /** Bytes of the image in it; 0: none. */
  readonly imageSize: number;
  /** The zip travels through this bucket; undefined: in the request. */
  readonly deploymentBucket: string | undefined;
}

/** Sizes are the zip's own and its entries', not those of the files it was made of (fault 52). Throws ScarError `PackageTooLarge`. */
export function checkPackageSize(sized: SizedPackage, layerUnpacked: number, limits: PackageLimits): void {
  const { functionName, zip, imageSize, deploymentBucket } = sized;
  const unpacked = zip.unpackedSize + layerUnpacked;
  if (unpacked > limits.unpacked) {
    const image = imageSize > 0 ? `the image ${shownSize(imageSize)}, ` : "";
    throw new ScarError(
      "PackageTooLarge",
      `the package of function '${functionName}' is ${shownSize(unpacked)} unpacked (${image}the supervisor's layer ${shownSize(layerUnpacked)}); Lambda allows ${shownSize(limits.unpacked)}`,
      {
        hint:
          imageSize > 0
            ? "make the image smaller, or name it with -i so that it is fetched from its registry when the function runs"
            : "make its files smaller",
      },
    );
  }
  if (deploymentBucket === undefined && zip.size > limits.direct) {
    throw new ScarError(
      "PackageTooLarge",
      `the package of function '${functionName}' is ${shownSize(zip.size)} zipped; a request may carry ${shownSize(limits.direct)}`,
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
