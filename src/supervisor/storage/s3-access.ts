import { S3Client } from "@aws-sdk/client-s3";
import { Slots } from "../../slots.ts";
import type { Settings } from "../settings.ts";
import type { RetryPolicy } from "./retry.ts";

/** How objects travel; the memory that they take is bounded by `requests`. */
export interface TransferLimits {
  /** Bytes of the largest object that is sent in one request; S3 takes 5 GiB. */
  readonly largestPut: number;
  /** Bytes of one part, up and down. */
  readonly part: number;
  /** Requests at one time, over all files. */
  readonly requests: number;
  /** Parts of one file at one time. */
  readonly partsPerFile: number;
  /** Milliseconds without a byte after which a connection is given up. */
  readonly silenceMs: number;
}

/** A broken connection costs at most one part; S3 takes 10 000 of an object, /tmp's 10 GB are 640. */
export const LIMITS: TransferLimits = {
  largestPut: 32 * 1024 * 1024,
  part: 16 * 1024 * 1024,
  requests: 16,
  partsPerFile: 4,
  silenceMs: 30_000,
};

/** All that a transfer needs. */
export interface S3Access {
  readonly client: S3Client;
  /** The SDK sends a CRC32 with every body; other servers than AWS's may not know it. */
  readonly checksums: boolean;
  readonly limits: TransferLimits;
  readonly slots: Slots;
  readonly retry: RetryPolicy;
}

const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** S3 as the function's role; endpoint, region and credentials come from the SDK's own chain. */
export function openS3(
  { customEndpoint }: Pick<Settings, "customEndpoint">,
  retry: RetryPolicy,
  limits: TransferLimits = LIMITS,
): S3Access {
  const slots = new Slots(limits.requests);
  return { client: createClient(customEndpoint, limits), checksums: !customEndpoint, limits, slots, retry };
}

/** The same for the buckets of another region; both together keep to the limits. */
export function inRegion(access: S3Access, region: string): S3Access {
  return { ...access, client: createClient(!access.checksums, access.limits, region) };
}

/** @param region default: the function's */
function createClient(customEndpoint: boolean, limits: TransferLimits, region?: string): S3Client {
  return new S3Client({
    ...(region !== undefined && { region }),
    // The SDK's own warnings would stand in the function's log beside ours.
    logger: SILENT,
    // One policy for all: the SDK cannot repeat a request whose body is a stream.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 5000,
      socketTimeout: limits.silenceMs,
      httpAgent: { maxSockets: limits.requests },
      httpsAgent: { maxSockets: limits.requests },
    },
    ...(customEndpoint && {
      forcePathStyle: true,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    }),
  });
}
