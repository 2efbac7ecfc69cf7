import type { AwsSession } from "../session.ts";

/** Where a bucket's requests go, as the SDK would send them. */
export interface BucketAddress {
  /** `http:` or `https:` */
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number | undefined;
  /** As the Host header has it. */
  readonly host: string;
  /** In front of a key: `/bucket/`, or `/` where the bucket is part of the host's name. */
  readonly path: string;
  /** Of the signature. */
  readonly region: string;
}

/** A bucket behind an address that the user gave is a folder there. Undefined: an address or a name that the SDK is to judge. */
export function endpointAddress({ endpoint, region }: AwsSession, bucket: string): BucketAddress | undefined {
  // Two hyphens: names with a meaning, directory buckets for one.
  if (endpoint === undefined || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) || bucket.includes("--")) {
    return undefined;
  }
  if (!/^https?:\/\/[\w.:[\]-]+(\/[\w.~-]+)*\/?$/i.test(endpoint) || !URL.canParse(endpoint)) return undefined;
  const { protocol, hostname, port, host, pathname } = new URL(endpoint);
  const path = `${pathname.replace(/\/$/, "")}/${bucket}/`;
  return { protocol, hostname, port: port === "" ? undefined : Number(port), host, path, region };
}
