import { S3Client } from "@aws-sdk/client-s3";
import type { AwsSession } from "../session.ts";
import { type ClientSettings, translateErrors } from "./settings.ts";

export function s3Client(session: AwsSession, settings: ClientSettings): S3Client {
  const client = new S3Client(
    session.endpoint === undefined
      ? { ...settings, followRegionRedirects: true }
      : {
          ...settings,
          // Third-party S3 rarely knows the SDK's default checksums, and an address has no bucket subdomains.
          requestChecksumCalculation: "WHEN_REQUIRED",
          responseChecksumValidation: "WHEN_REQUIRED",
          forcePathStyle: true,
        },
  );
  client.middlewareStack.use(translateErrors("s3", session));
  return client;
}
