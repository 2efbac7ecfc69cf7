import { chmodSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  type LambdaClient,
  TagResourceCommand,
} from "@aws-sdk/client-lambda";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lambdaClient } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
import { createQueue, sqs } from "../helpers/sqs.ts";
import { Project, s3 } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let lambda: LambdaClient;

beforeAll(async () => {
  local = await startTestLocal({ behaviour: "time-scale=0.001" });
  project = await Project.create(local);
  project.write("fail.sh", "#!/bin/sh\necho never\nexit 3\n");
  chmodSync(project.path("fail.sh"), 0o755);
  lambda = lambdaClient(local.server);
});
afterAll(() => local?.stop());

const configured = (FunctionName: string) => lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
const described = (FunctionName: string) => lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));

/** The first message of a queue. */
async function message(url: string) {
  for (;;) {
    const { Messages } = await sqs(local.server, "ReceiveMessage", {
      QueueUrl: url,
      WaitTimeSeconds: 20,
      MessageAttributeNames: ["All"],
    });
    if (Messages) return Messages[0];
  }
}

describe("init -f with the fields of asynchronous invocation", () => {
  it("has a failing event tried as often as asked, and its record and the event sent on", async () => {
    const records = await createQueue(local.server, "records");
    const dead = await createQueue(local.server, "dead");
    const file = project.fdl("fragile.yaml", {
      name: "fragile",
      init_script: "fail.sh",
      timeout: 60,
      ephemeral_storage: 1024,
      input: s3("fragile/in"),
      event_invoke_config: { maximum_retry_attempts: 1, maximum_event_age: 21_600, on_failure: records.arn },
      dead_letter_queue: dead.arn,
    });
    await project.ok("init", "-f", file);
    expect(await described("fragile")).toMatchObject({
      EphemeralStorage: { Size: 1024 },
      DeadLetterConfig: { TargetArn: dead.arn },
    });
    expect(await configured("fragile")).toMatchObject({
      MaximumRetryAttempts: 1,
      MaximumEventAgeInSeconds: 21_600,
      DestinationConfig: { OnSuccess: {}, OnFailure: { Destination: records.arn } },
    });

    await s3Client(local.server).send(new PutObjectCommand({ Bucket: "fragile", Key: "in/a.txt", Body: "a" }));
    const record = JSON.parse((await message(records.url)).Body);
    expect(record.requestContext).toMatchObject({ condition: "RetriesExhausted", approximateInvokeCount: 2 });
    expect(record.requestPayload.Records[0].s3.object.key).toBe("in/a.txt");
    expect(record.responseContext.functionError).toBe("Unhandled");
    const { Body, MessageAttributes } = await message(dead.url);
    expect(JSON.parse(Body)).toEqual(record.requestPayload);
    expect(MessageAttributes.RequestID.StringValue).toBe(record.requestContext.requestId);
    // Long after another attempt would have come.
    await sleep(500);
    const { events } = await new CloudWatchLogsClient(clientConfig(local.server)).send(
      new FilterLogEventsCommand({ logGroupName: "/aws/lambda/fragile", filterPattern: "START" }),
    );
    expect(events).toHaveLength(2);

    await project.ok("rm", "-f", file);
    await expect(configured("fragile")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("lets the functions of one file follow each other", async () => {
    const { region, accountId } = local.server;
    const second = `arn:aws:lambda:${region}:${accountId}:function:second`;
    const file = project.fdl(
      "chain.yaml",
      { name: "first", input: s3("chain/in"), event_invoke_config: { on_success: second } },
      { name: "second", output: s3("chain/out") },
    );
    await project.ok("init", "-f", file);
    const storage = s3Client(local.server);
    await storage.send(new PutObjectCommand({ Bucket: "chain", Key: "in/b.txt", Body: "b" }));
    const logs = new CloudWatchLogsClient(clientConfig(local.server));
    for (;;) {
      const request = { logGroupName: "/aws/lambda/second", filterPattern: '"REPORT"' };
      const found = await logs.send(new FilterLogEventsCommand(request));
      if (found.events!.length > 0) break;
      await sleep(50);
    }
    await project.ok("rm", "-f", file);
  });

  it("goes on with an init that was cut, and takes away what the file does not ask for any more", async () => {
    const queue = await createQueue(local.server, "former");
    const base = { name: "resumed" };
    const before = project.fdl("resumed.yaml", {
      ...base,
      event_invoke_config: { maximum_retry_attempts: 0, on_success: queue.arn },
      dead_letter_queue: queue.arn,
    });
    await project.ok("init", "-f", before);
    const { FunctionArn } = await described("resumed");
    await lambda.send(new TagResourceCommand({ Resource: FunctionArn!, Tags: { "scar:state": "deploying" } }));
    await project.ok("init", "-f", project.fdl("resumed.yaml", base));
    expect((await described("resumed")).DeadLetterConfig).toBeUndefined();
    await expect(configured("resumed")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await project.ok("rm", "-f", "resumed.yaml");
  });

  it("takes everything back when the destination is refused", async () => {
    const { region, accountId } = local.server;
    const file = project.fdl("topic.yaml", {
      name: "to-topic",
      event_invoke_config: { on_success: `arn:aws:sns:${region}:${accountId}:topic` },
    });
    const { code, stderr } = await project.scar(["init", "-f", file]);
    expect(code).toBe(1);
    expect(stderr).toContain("SNS");
    await expect(described("to-topic")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("collects what is wrong with them", async () => {
    const { region, accountId } = local.server;
    const file = project.fdl("wrong.yaml", {
      name: "wrong",
      event_invoke_config: {
        maximum_retry_attempts: 3,
        maximum_event_age: 59,
        on_success: "arn:aws:s3:::bucket",
        on_failure: `arn:aws:sqs:${region}:${accountId}:queue.fifo`,
        on_fire: "x",
      },
      dead_letter_queue: "https://sqs.us-east-1.amazonaws.com/1/q",
    });
    const { code, stderr } = await project.scar(["init", "-f", file]);
    expect(code).toBe(2);
    for (const text of [
      "lambda.event_invoke_config.maximum_retry_attempts: must be a whole number from 0 to 2, not 3",
      "lambda.event_invoke_config.maximum_event_age: must be a whole number from 60 to 21600, not 59",
      "lambda.event_invoke_config.on_success: must be the ARN of a function, queue, topic or event bus, not 'arn:aws:s3:::bucket'",
      "lambda.event_invoke_config.on_failure: must be the ARN of a function, queue, topic, event bus or bucket",
      "lambda.event_invoke_config.on_fire: unknown field, ignored",
      "lambda.dead_letter_queue: must be the ARN of a queue or topic",
    ]) {
      expect(stderr).toContain(text);
    }
    const own = project.fdl("own.yaml", {
      name: "own",
      event_invoke_config: { on_success: `arn:aws:lambda:${region}:${accountId}:function:own` },
    });
    const refused = await project.scar(["init", "-f", own]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("lambda.event_invoke_config.on_success: is the function itself");
  });
});
