/**
 * The CLI's one place that builds SDK clients: region, profile, endpoint, credentials, retries, timeouts and the translation of
 * errors. Every client is imported when it is first asked for, so that a command loads only those it uses.
 */
import type { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { ECRClient } from "@aws-sdk/client-ecr";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import type { S3Client } from "@aws-sdk/client-s3";
import type { STSClient } from "@aws-sdk/client-sts";
import { type ClientSettings, clientSettings } from "./clients/settings.ts";
import type { AwsSession } from "./session.ts";

export interface AwsClients {
  readonly session: AwsSession;
  lambda(): Promise<LambdaClient>;
  /** For Invoke alone: patient, and not retried but for throttling (a repeated invocation runs the function twice). */
  invoker(): Promise<LambdaClient>;
  s3(): Promise<S3Client>;
  ecr(): Promise<ECRClient>;
  logs(): Promise<CloudWatchLogsClient>;
  sts(): Promise<STSClient>;
  tagging(): Promise<ResourceGroupsTaggingAPIClient>;
  iam(): Promise<IAMClient>;
  apiGateway(): Promise<APIGatewayClient>;
  /** For what must not be sent twice: it retries nothing. */
  apiGatewayOnce(): Promise<APIGatewayClient>;
  /** Ends idle connections, which would keep the process alive. */
  close(): void;
}

/** A client, made once; `destroy` only touches those that were made. */
class Lazy<C extends { destroy(): void }> {
  readonly #make: () => Promise<C>;
  #client: Promise<C> | undefined;

  constructor(make: () => Promise<C>) {
    this.#make = make;
  }

  readonly get = (): Promise<C> => {
    this.#client ??= this.#make();
    return this.#client;
  };

  destroy(): void {
    this.#client?.then(
      (client) => client.destroy(),
      () => undefined,
    );
  }
}

export function awsClients(session: AwsSession): AwsClients {
  let known: Promise<ClientSettings> | undefined;
  const settings = (): Promise<ClientSettings> => {
    known ??= clientSettings(session);
    return known;
  };
  const lambda = new Lazy(async () => (await import("./clients/lambda.ts")).lambdaClient(session, await settings()));
  const invoker = new Lazy(async () => (await import("./clients/lambda.ts")).invokeClient(session, await settings()));
  const s3 = new Lazy(async () => (await import("./clients/s3.ts")).s3Client(session, await settings()));
  const ecr = new Lazy(async () => (await import("./clients/ecr.ts")).ecrClient(session, await settings()));
  const logs = new Lazy(async () => (await import("./clients/logs.ts")).logsClient(session, await settings()));
  const sts = new Lazy(async () => (await import("./clients/sts.ts")).stsClient(session, await settings()));
  const tagging = new Lazy(async () => (await import("./clients/tagging.ts")).taggingClient(session, await settings()));
  const iam = new Lazy(async () => (await import("./clients/iam.ts")).iamClient(session, await settings()));
  const apiGateway = new Lazy(async () =>
    (await import("./clients/api-gateway.ts")).apiGatewayClient(session, await settings()),
  );
  const apiGatewayOnce = new Lazy(async () =>
    (await import("./clients/api-gateway.ts")).apiGatewayOnceClient(session, await settings()),
  );
  const made = [lambda, invoker, s3, ecr, logs, sts, tagging, iam, apiGateway, apiGatewayOnce];
  return {
    session,
    lambda: lambda.get,
    invoker: invoker.get,
    s3: s3.get,
    ecr: ecr.get,
    logs: logs.get,
    sts: sts.get,
    tagging: tagging.get,
    iam: iam.get,
    apiGateway: apiGateway.get,
    apiGatewayOnce: apiGatewayOnce.get,
    close: () => {
      for (const client of made) client.destroy();
    },
  };
}
