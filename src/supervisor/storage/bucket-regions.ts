import { S3ServiceException } from "@aws-sdk/client-s3";
import { inRegion, type S3Access } from "./s3-access.ts";

/**
 * S3 for each bucket: that of the function's region until S3 says that the bucket is elsewhere, which SCAR's boto3 followed too. The
 * SDK's own way of following would send again a body that is half used up.
 */
export class BucketRegions {
  readonly #home: S3Access;
  readonly #byRegion = new Map<string, S3Access>();
  readonly #regionOf = new Map<string, string>();

  constructor(home: S3Access) {
    this.#home = home;
  }

  /** Runs a transfer, and once more from its beginning when S3 names another region for the bucket. */
  async run<T>(bucket: string, transfer: (access: S3Access) => Promise<T>): Promise<T> {
    const assumed = this.#regionOf.get(bucket);
    try {
      return await transfer(this.#access(assumed));
    } catch (error) {
      const told = regionTold(error);
      if (told === undefined || told === assumed) throw error;
      this.#regionOf.set(bucket, told);
      return transfer(this.#access(told));
    }
  }

  #access(region: string | undefined): S3Access {
    if (region === undefined) return this.#home;
    let access = this.#byRegion.get(region);
    if (!access) {
      access = inRegion(this.#home, region);
      this.#byRegion.set(region, access);
    }
    return access;
  }
}

/** The bucket's region, which S3 sends with `PermanentRedirect` and with what else it refuses in a wrong one. */
function regionTold(error: unknown): string | undefined {
  if (!(error instanceof S3ServiceException)) return undefined;
  const status = error.$metadata.httpStatusCode ?? 0;
  if (status !== 301 && status !== 307 && error.name !== "AuthorizationHeaderMalformed") return undefined;
  const region = error.$response?.headers["x-amz-bucket-region"];
  return typeof region === "string" && /^[a-z0-9-]+$/.test(region) ? region : undefined;
}
