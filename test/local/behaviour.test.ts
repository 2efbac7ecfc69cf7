import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { CreateBucketCommand, HeadBucketCommand, ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, describe, expect, it } from "vitest";
import { askApi, gateway } from "../helpers/api-gateway.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
import { send, sign } from "../helpers/local-signed.ts";

let local: TestLocal | undefined;
afterEach(async () => {
  await local?.stop();
  local = undefined;
});

/** The error of one request to each service, by its SDK's name for it, and its status. */
async function refusals(behaviour: string): Promise<Record<string, unknown>> {
  local = await startTestLocal({ behaviour });
  const config = clientConfig(local.server);
  const requests: Record<string, () => Promise<unknown>> = {
    s3: () => new S3Client(config).send(new ListBucketsCommand({})),
    lambda: () => new LambdaClient(config).send(new ListFunctionsCommand({})),
    logs: () => new CloudWatchLogsClient(config).send(new DescribeLogGroupsCommand({})),
    iam: () => new IAMClient(config).send(new ListRolesCommand({})),
    sts: () => new STSClient(config).send(new GetCallerIdentityCommand({})),
    tagging: () => new ResourceGroupsTaggingAPIClient(config).send(new GetResourcesCommand({})),
  };
  const found: Record<string, unknown> = {};
  for (const [service, request] of Object.entries(requests)) {
    found[service] = await request().then(
      () => "served",
      (error: { name: string; $metadata: { httpStatusCode: number } }) => [error.$metadata.httpStatusCode, error.name],
    );
  }
  const raw = { port: local.server.port, method: "POST", path: "/", body: "Action=DescribeLaunchTemplates" };
  const { status, text } = await send(sign(raw, { ...local.server, service: "ec2" }));
  const apis = await gateway(local.server, "GET", "/restapis");
  const called = await askApi(local.server.port, "/_aws/execute-api/absent0000/scar/x");
  return {
    ...found,
    ec2: [status, /<Code>(.*)<\/Code>/.exec(text)?.[1]],
    apigateway: [apis.status, apis.error],
    "execute-api": [called.status, called.headers["x-amzn-errortype"]],
  };
}

describe("each service has its own words", () => {
  it("for throttling", async () => {
    expect(await refusals("throttle=1")).toEqual({
      s3: [503, "SlowDown"],
      lambda: [429, "TooManyRequestsException"],
      logs: [400, "ThrottlingException"],
      iam: [400, "Throttling"],
      sts: [400, "Throttling"],
      tagging: [400, "ThrottledException"],
      ec2: [503, "RequestLimitExceeded"],
      apigateway: [429, "TooManyRequestsException"],
      "execute-api": [429, "TooManyRequestsException"],
    });
  });

  it("for its own failures", async () => {
    expect(await refusals("error=1")).toEqual({
      s3: [500, "InternalError"],
      lambda: [500, "ServiceException"],
      logs: [503, "ServiceUnavailableException"],
      iam: [500, "ServiceFailureException"],
      sts: [500, "InternalFailure"],
      tagging: [500, "InternalServiceException"],
      ec2: [500, "InternalError"],
      apigateway: [500, "InternalFailure"],
      "execute-api": [500, "InternalServerErrorException"],
    });
  });
});

it("about the share of requests that was asked for is refused, and none of those is done", async () => {
  local = await startTestLocal({ behaviour: "throttle=0.3,error=0.3" });
  const s3 = s3Client(local.server);
  const refused: string[] = [];
  const made: string[] = [];
  for (let n = 0; n < 200; n++) {
    const Bucket = `bucket-${n}`;
    const done = await s3.send(new CreateBucketCommand({ Bucket })).then(
      () => true,
      () => false,
    );
    (done ? made : refused).push(Bucket);
  }
  // 102 of 200 expected; six standard deviations on either side.
  expect(refused.length).toBeGreaterThan(60);
  expect(refused.length).toBeLessThan(144);
  const patient = new S3Client({ ...clientConfig(local.server), maxAttempts: 20 });
  const { Buckets } = await patient.send(new ListBucketsCommand({}));
  expect(Buckets!.map(({ Name }) => Name).sort()).toEqual(made.sort());
}, 120_000);

it("is for requests that are accepted: a wrong key is refused as ever", async () => {
  local = await startTestLocal({ behaviour: "error=1" });
  const credentials = { accessKeyId: "AKIAWRONG", secretAccessKey: "x" };
  await expect(
    new S3Client({ ...clientConfig(local.server), credentials }).send(new HeadBucketCommand({ Bucket: "b" })),
  ).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
});

it("slows every request by what was asked for", async () => {
  local = await startTestLocal({ behaviour: "latency=300" });
  const start = Date.now();
  await s3Client(local.server).send(new ListBucketsCommand({}));
  expect(Date.now() - start).toBeGreaterThanOrEqual(295);
});
