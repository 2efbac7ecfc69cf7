import { S3Client } from "@aws-sdk/client-s3";
import type { LocalServer } from "../../src/local/control.ts";

/** Configuration of any SDK client for the local AWS. */
export const clientConfig = ({ endpoint, region, accessKeyId, secretAccessKey }: LocalServer) => ({
  endpoint,
  region,
  credentials: { accessKeyId, secretAccessKey },
  maxAttempts: 1,
});

export const s3Client = (server: LocalServer): S3Client => new S3Client(clientConfig(server));
