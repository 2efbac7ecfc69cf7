/** Asynchronous invocation, concurrency and queues of the local AWS, seen by awscli and boto3. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { zipOf } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { describeSystem, NEEDS, PEER, ROOT } from "../helpers/system-needs.ts";
import { check, run } from "../helpers/system-process.ts";

describeSystem("asynchronous invocation and queues, by official clients", [NEEDS.peer], () => {
  let local: TestLocal;

  beforeAll(async () => {
    local = await startTestLocal({ behaviour: "time-scale=0.001" });
  });
  afterAll(() => local?.stop());

  const options = () => ({ cwd: local.dir, env: { ...local.env, AWS_MAX_ATTEMPTS: "1" } });
  // biome-ignore lint/suspicious/noExplicitAny: what a test makes of it
  async function aws(...args: readonly string[]): Promise<any> {
    const text = await check(join(PEER, "bin/aws"), [...args, "--output", "json"], options());
    return text.trim() === "" ? {} : JSON.parse(text);
  }

  it("awscli: a failing event's record in a queue, and a throttled call", async () => {
    const zip = join(local.dir, "code.zip");
    writeFileSync(zip, await zipOf({ "index.mjs": "export const handler = async () => { throw new Error('no'); };" }));
    // awscli 1 has an endpoint of its own for SQS, whatever AWS_ENDPOINT_URL says.
    const sqs = ["sqs", "--endpoint-url", local.server.endpoint];
    const { QueueUrl } = await aws(...sqs, "create-queue", "--queue-name", "records");
    const name = ["--function-name", "failing"];
    const role = "arn:aws:iam::123456789012:role/any";
    await aws(
      ...["lambda", "create-function", ...name, "--runtime", "nodejs24.x", "--handler", "index.handler"],
      ...["--role", role, "--zip-file", `fileb://${zip}`],
    );
    await aws("lambda", "wait", "function-active-v2", ...name);
    const queue = `arn:aws:sqs:${local.server.region}:${local.server.accountId}:records`;
    await aws(
      ...["lambda", "put-function-event-invoke-config", ...name, "--maximum-retry-attempts", "1"],
      ...["--destination-config", JSON.stringify({ OnFailure: { Destination: queue } })],
    );
    await aws("lambda", "invoke", ...name, "--invocation-type", "Event", "out");
    const { Messages } = await aws(...sqs, "receive-message", "--queue-url", QueueUrl, "--wait-time-seconds", "20");
    expect(JSON.parse(Messages[0].Body).requestContext).toMatchObject({
      condition: "RetriesExhausted",
      approximateInvokeCount: 2,
    });

    await aws("lambda", "put-function-concurrency", ...name, "--reserved-concurrent-executions", "0");
    const throttled = await run(join(PEER, "bin/aws"), ["lambda", "invoke", ...name, "out"], options());
    expect(throttled.status).not.toBe(0);
    expect(throttled.stderr).toContain("TooManyRequestsException");
  });

  it("boto3: queues, records, dead letters, throttling, the link to the code", async () => {
    const script = join(ROOT, "test/system/boto3_async_check.py");
    expect(await check(join(PEER, "bin/python"), [script], options())).toBe("all as expected\n");
  });
});
