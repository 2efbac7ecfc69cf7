import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { LambdaClient } from "@aws-sdk/client-lambda";
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

export interface LocalClients {
  readonly lambda: LambdaClient;
  readonly logs: CloudWatchLogsClient;
  readonly s3: S3Client;
}

/** For who asks often: each has its connections. */
export const localClients = (server: LocalServer): LocalClients => ({
  lambda: new LambdaClient(clientConfig(server)),
  logs: new CloudWatchLogsClient(clientConfig(server)),
  s3: s3Client(server),
});
