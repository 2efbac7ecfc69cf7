import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  DeleteFunctionConcurrencyCommand,
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  InvokeCommand,
  type LambdaClient,
  ListFunctionEventInvokeConfigsCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  type PutFunctionEventInvokeConfigCommandInput,
  UpdateFunctionConfigurationCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { begun, createNodeFunction, lambdaClient, settled } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
import { createQueue, sqs } from "../helpers/sqs.ts";

let local: TestLocal;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  // 60 and 120 seconds are 60 and 120 ms, six hours are 21 s.
  local = await startTestLocal({ behaviour: "time-scale=0.001" });
  lambda = lambdaClient(local.server);
  logs = new CloudWatchLogsClient(clientConfig(local.server));
});
afterAll(() => local?.stop());

const FAILING =
  "export const handler = async (event, { awsRequestId }) => { console.log('ran ' + awsRequestId); throw new RangeError('too small'); };";

async function enqueue(name: string, event: unknown): Promise<string> {
  const { $metadata } = await lambda.send(
    new InvokeCommand({ FunctionName: name, InvocationType: "Event", Payload: JSON.stringify(event) }),
  );
  return $metadata.requestId!;
}

const configure = (FunctionName: string, config: Omit<PutFunctionEventInvokeConfigCommandInput, "FunctionName">) =>
  lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, ...config }));

/** The next message of a queue, deleted. */
async function next(url: string) {
  for (;;) {
    const { Messages } = await sqs(local.server, "ReceiveMessage", {
      QueueUrl: url,
      WaitTimeSeconds: 20,
      MessageAttributeNames: ["All"],
    });
    if (!Messages) continue;
    await sqs(local.server, "DeleteMessage", { QueueUrl: url, ReceiptHandle: Messages[0].ReceiptHandle });
    return Messages[0];
  }
}

async function runs(name: string): Promise<string[]> {
  const request = { logGroupName: `/aws/lambda/${name}`, filterPattern: '"ran "' };
  const { events = [] } = await logs.send(new FilterLogEventsCommand(request));
  return events.map(({ message }) => /ran ([0-9a-f-]{36})/.exec(message!)![1]!);
}

describe("retries", () => {
  it("are two, with the id of the first attempt; the record says so", async () => {
    const arn = await createNodeFunction(lambda, "twice-more", FAILING);
    const queue = await createQueue(local.server, "twice-more");
    await configure("twice-more", { DestinationConfig: { OnFailure: { Destination: queue.arn } } });
    const id = await enqueue("twice-more", { n: 1 });
    const record = JSON.parse((await next(queue.url)).Body);
    expect(record).toEqual({
      version: "1.0",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      requestContext: {
        requestId: id,
        functionArn: `${arn}:$LATEST`,
        condition: "RetriesExhausted",
        approximateInvokeCount: 3,
      },
      requestPayload: { n: 1 },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      responsePayload: expect.objectContaining({ errorType: "RangeError", errorMessage: "too small" }),
    });
    expect(await runs("twice-more")).toEqual([id, id, id]);
  });

  it.each([0, 1])("are %d when the function says so", async (MaximumRetryAttempts) => {
    const name = `retries-${MaximumRetryAttempts}`;
    await createNodeFunction(lambda, name, FAILING);
    const queue = await createQueue(local.server, name);
    await configure(name, { MaximumRetryAttempts, DestinationConfig: { OnFailure: { Destination: queue.arn } } });
    await enqueue(name, {});
    const { requestContext } = JSON.parse((await next(queue.url)).Body);
    expect(requestContext.approximateInvokeCount).toBe(MaximumRetryAttempts + 1);
    expect((await runs(name)).length).toBe(MaximumRetryAttempts + 1);
  });

  it("come after a timeout too", async () => {
    await createNodeFunction(
      lambda,
      "slow",
      "export const handler = () => new Promise((done) => setTimeout(done, 20_000));",
      { Timeout: 1 },
    );
    const queue = await createQueue(local.server, "slow");
    await configure("slow", {
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: queue.arn } },
    });
    await enqueue("slow", {});
    const { requestContext, responsePayload } = JSON.parse((await next(queue.url)).Body);
    expect(requestContext).toMatchObject({ condition: "RetriesExhausted", approximateInvokeCount: 2 });
    expect(responsePayload.errorType).toBe("Sandbox.Timedout");
  });

  it("end with the first attempt that succeeds", async () => {
    await createNodeFunction(
      lambda,
      "second-time",
      "let n = 0; export const handler = async () => { if (++n < 2) throw new Error('not yet'); return n; };",
    );
    const queue = await createQueue(local.server, "second-time");
    await configure("second-time", { DestinationConfig: { OnSuccess: { Destination: queue.arn } } });
    await enqueue("second-time", {});
    const { requestContext, responsePayload } = JSON.parse((await next(queue.url)).Body);
    expect(requestContext).toMatchObject({ condition: "Success", approximateInvokeCount: 2 });
    expect(responsePayload).toBe(2);
  });

  it("go on where a killed server left them", async () => {
    const behaviour = await startTestLocal({ behaviour: "time-scale=0.05" });
    try {
      const client = lambdaClient(behaviour.server);
      await createNodeFunction(client, "outlived", FAILING);
      const queue = await createQueue(behaviour.server, "outlived");
      await client.send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName: "outlived",
          DestinationConfig: { OnFailure: { Destination: queue.arn } },
        }),
      );
      const sent = await client.send(new InvokeCommand({ FunctionName: "outlived", InvocationType: "Event" }));
      await begun(behaviour.server, "outlived", 1);
      // The first attempt ends, and its event waits three seconds for the second.
      await sleep(1000);
      await behaviour.restart("killed");
      for (;;) {
        const { Messages } = await sqs(behaviour.server, "ReceiveMessage", {
          QueueUrl: queue.url,
          WaitTimeSeconds: 20,
        });
        if (!Messages) continue;
        const { requestContext } = JSON.parse(Messages[0].Body);
        expect(requestContext).toMatchObject({ requestId: sent.$metadata.requestId, approximateInvokeCount: 3 });
        break;
      }
      // The first attempt was not made again.
      const { events } = await new CloudWatchLogsClient(clientConfig(behaviour.server)).send(
        new FilterLogEventsCommand({ logGroupName: "/aws/lambda/outlived", filterPattern: "START" }),
      );
      expect(events).toHaveLength(3);
    } finally {
      await behaviour.stop();
    }
  });
});

describe("throttled events", () => {
  it("wait for their turn, and run once", async () => {
    await createNodeFunction(
      lambda,
      "narrow",
      "export const handler = async (e, { awsRequestId }) => { console.log('ran ' + awsRequestId); await new Promise((d) => setTimeout(d, e.ms ?? 0)); };",
      { Timeout: 20 },
    );
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: "narrow", ReservedConcurrentExecutions: 1 }));
    const busy = lambda.send(new InvokeCommand({ FunctionName: "narrow", Payload: JSON.stringify({ ms: 1500 }) }));
    await begun(local.server, "narrow", 1);
    const ids = await Promise.all([enqueue("narrow", {}), enqueue("narrow", {})]);
    await busy;
    while ((await runs("narrow")).length < 3) await sleep(20);
    expect((await runs("narrow")).slice(1).sort()).toEqual(ids.sort());
  });

  it("are given up when they are too old", async () => {
    await createNodeFunction(
      lambda,
      "impatient",
      "export const handler = async (e) => { await new Promise((d) => setTimeout(d, e.ms ?? 0)); };",
      { Timeout: 20 },
    );
    const queue = await createQueue(local.server, "impatient");
    await lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: "impatient", ReservedConcurrentExecutions: 1 }),
    );
    await configure("impatient", {
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: queue.arn } },
    });
    const busy = lambda.send(new InvokeCommand({ FunctionName: "impatient", Payload: JSON.stringify({ ms: 2500 }) }));
    await begun(local.server, "impatient", 1);
    await enqueue("impatient", { n: 1 });
    const record = JSON.parse((await next(queue.url)).Body);
    expect(record).toMatchObject({
      requestContext: { condition: "EventAgeExceeded", approximateInvokeCount: 0 },
      requestPayload: { n: 1 },
    });
    expect(record.responseContext).toBeUndefined();
    await busy;
  });

  it("of a function that is switched off go to the dead-letter queue at once", async () => {
    const queue = await createQueue(local.server, "off");
    await createNodeFunction(lambda, "off", FAILING, { DeadLetterConfig: { TargetArn: queue.arn } });
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: "off", ReservedConcurrentExecutions: 0 }));
    const id = await enqueue("off", { n: 1 });
    const { Body, MessageAttributes } = await next(queue.url);
    expect(JSON.parse(Body)).toEqual({ n: 1 });
    expect(MessageAttributes.RequestID.StringValue).toBe(id);
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: "off" }));
    await enqueue("off", { n: 2 });
    expect((await next(queue.url)).MessageAttributes.ErrorCode.StringValue).toBe("200");
  });
});

describe("destinations", () => {
  it("are a function, for a success", async () => {
    const queue = await createQueue(local.server, "arrived");
    // What it got is seen in its own record.
    const receiver = await createNodeFunction(lambda, "receiver", "export const handler = async (event) => event;");
    await configure("receiver", { DestinationConfig: { OnSuccess: { Destination: queue.arn } } });
    await createNodeFunction(lambda, "succeeding", "export const handler = async (e) => ({ sum: e.a + e.b });");
    await configure("succeeding", { DestinationConfig: { OnSuccess: { Destination: receiver } } });
    const id = await enqueue("succeeding", { a: 1, b: 2 });
    const { requestPayload } = JSON.parse((await next(queue.url)).Body);
    expect(requestPayload).toMatchObject({
      requestContext: { requestId: id, condition: "Success", approximateInvokeCount: 1 },
      requestPayload: { a: 1, b: 2 },
      responseContext: { statusCode: 200, executedVersion: "$LATEST" },
      responsePayload: { sum: 3 },
    });
    expect(requestPayload.responseContext.functionError).toBeUndefined();
  });

  it("are a bucket, for a failure, under AWS's key", async () => {
    const s3 = s3Client(local.server);
    await s3.send(new CreateBucketCommand({ Bucket: "failures" }));
    await createNodeFunction(lambda, "to-bucket", FAILING);
    await configure("to-bucket", {
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: "arn:aws:s3:::failures" } },
    });
    const id = await enqueue("to-bucket", { n: 1 });
    for (;;) {
      const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: "failures" }));
      if (!Contents) {
        await sleep(20);
        continue;
      }
      expect(Contents[0]!.Key).toMatch(
        /^aws\/lambda\/async\/to-bucket\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/,
      );
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: "failures", Key: Contents[0]!.Key! }));
      expect(JSON.parse(await Body!.transformToString()).requestContext.requestId).toBe(id);
      break;
    }
  });

  it("get the record beside the dead-letter queue, which gets the event with what went wrong", async () => {
    const dead = await createQueue(local.server, "dead");
    const failed = await createQueue(local.server, "failed");
    await createNodeFunction(lambda, "both", FAILING, { DeadLetterConfig: { TargetArn: dead.arn } });
    expect(await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "both" }))).toMatchObject({
      DeadLetterConfig: { TargetArn: dead.arn },
    });
    await configure("both", {
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: failed.arn } },
    });
    const id = await enqueue("both", { n: 7 });
    expect(JSON.parse((await next(failed.url)).Body).requestContext.requestId).toBe(id);
    const { Body, MessageAttributes } = await next(dead.url);
    expect(Body).toBe('{"n":7}');
    expect(MessageAttributes).toEqual({
      RequestID: { DataType: "String", StringValue: id },
      ErrorCode: { DataType: "Number", StringValue: "200" },
      ErrorMessage: { DataType: "String", StringValue: "too small" },
    });
    await lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: "both", DeadLetterConfig: { TargetArn: "" } }),
    );
    await settled(lambda, "both");
    const { DeadLetterConfig } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "both" }));
    expect(DeadLetterConfig).toBeUndefined();
  });

  it("that are not there are said in the server's log, and the event is over", async () => {
    await createNodeFunction(lambda, "lost", FAILING);
    const { region, accountId } = local.server;
    const missing = `arn:aws:lambda:${region}:${accountId}:function:missing`;
    await configure("lost", { MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Destination: missing } } });
    const id = await enqueue("lost", {});
    for (;;) {
      const log = readFileSync(join(local.dir, "server.log"), "utf8");
      if (log.includes(id)) {
        expect(log).toContain(`the record of invocation ${id} of lost could not be delivered to ${missing}`);
        break;
      }
      await sleep(20);
    }
  });
});

describe("the configuration", () => {
  it("is put, updated, read, listed and deleted", async () => {
    const arn = await createNodeFunction(lambda, "configured", FAILING);
    const queue = await createQueue(local.server, "configured");
    const read = () => lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: "configured" }));
    await expect(read()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    const put = await configure("configured", {
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: queue.arn } },
    });
    expect(put).toMatchObject({
      FunctionArn: `${arn}:$LATEST`,
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnSuccess: {}, OnFailure: { Destination: queue.arn } },
    });
    expect(Math.abs(put.LastModified!.getTime() - Date.now())).toBeLessThan(60_000);
    await lambda.send(
      new UpdateFunctionEventInvokeConfigCommand({ FunctionName: "configured", MaximumEventAgeInSeconds: 60 }),
    );
    expect(await read()).toMatchObject({
      MaximumRetryAttempts: 1,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: queue.arn } },
    });
    // A put begins anew.
    await configure("configured", { MaximumRetryAttempts: 0 });
    const after = await read();
    expect([after.MaximumRetryAttempts, after.MaximumEventAgeInSeconds]).toEqual([0, undefined]);
    const listed = await lambda.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName: "configured" }));
    expect(listed.FunctionEventInvokeConfigs).toMatchObject([{ FunctionArn: `${arn}:$LATEST` }]);
    await local.restart("killed");
    expect((await read()).MaximumRetryAttempts).toBe(0);
    await lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: "configured" }));
    await expect(read()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it.each([
    [{ MaximumRetryAttempts: 3 }, "ValidationException", 400],
    [{ MaximumEventAgeInSeconds: 59 }, "ValidationException", 400],
    [{ MaximumEventAgeInSeconds: 21_601 }, "ValidationException", 400],
    [{}, "InvalidParameterValueException", 400],
    [
      { DestinationConfig: { OnFailure: { Destination: "arn:aws:ec2:us-east-1:000000000000:vpc/v" } } },
      "InvalidParameterValueException",
      400,
    ],
    [
      { DestinationConfig: { OnSuccess: { Destination: "arn:aws:s3:::failures" } } },
      "InvalidParameterValueException",
      400,
    ],
    [
      { DestinationConfig: { OnFailure: { Destination: "arn:aws:lambda:us-east-1:000000000000:function:bounds" } } },
      "InvalidParameterValueException",
      400,
    ],
    [
      { DestinationConfig: { OnFailure: { Destination: "arn:aws:sns:us-east-1:000000000000:topic" } } },
      "NotImplemented",
      501,
    ],
    [
      { DestinationConfig: { OnFailure: { Destination: "arn:aws:events:us-east-1:000000000000:event-bus/b" } } },
      "NotImplemented",
      501,
    ],
  ])("%j is refused", async (config, name, httpStatusCode) => {
    await createNodeFunction(lambda, "bounds", FAILING).catch(() => {});
    await expect(configure("bounds", config)).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
  });
});
