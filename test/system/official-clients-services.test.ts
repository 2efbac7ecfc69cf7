/** Lambda, Logs, IAM, SQS, tags, launch templates and REST APIs of the local AWS, used with awscli and boto3 as one uses AWS's. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createNodeFunction, lambdaClient, zipOf } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { describeSystem, NEEDS, PEER, ROOT } from "../helpers/system-needs.ts";
import { check, describeRun, type Finished, run, until } from "../helpers/system-process.ts";

const ROLE = "arn:aws:iam::000000000000:role/of-nobody";

describeSystem("awscli and boto3 on the services around S3", [NEEDS.peer], () => {
  let local: TestLocal;
  beforeAll(async () => {
    local = await startTestLocal();
  });
  afterAll(() => local?.stop());

  const options = () => ({ cwd: local.dir, env: local.env });
  const aws = (...args: readonly string[]): Promise<string> => check(join(PEER, "bin/aws"), args, options());
  // biome-ignore lint/suspicious/noExplicitAny: what a test makes of it
  const json = async (...args: readonly string[]): Promise<any> => JSON.parse(await aws(...args, "--output", "json"));
  const awsResult = (...args: readonly string[]): Promise<Finished> => run(join(PEER, "bin/aws"), args, options());

  it("awscli: a function made, waited for, invoked in both ways, changed and deleted", async () => {
    const source = "export const handler = async (event) => { console.log('saw', event.n); return event; };";
    writeFileSync(join(local.dir, "code.zip"), await zipOf({ "index.mjs": source }));
    const name = ["--function-name", "cli"];
    const made = [
      "--runtime",
      "nodejs24.x",
      "--handler",
      "index.handler",
      "--role",
      ROLE,
      "--zip-file",
      "fileb://code.zip",
    ];
    await aws("lambda", "create-function", ...name, ...made, "--tags", "team=cli");
    await aws("lambda", "wait", "function-active-v2", ...name);
    await aws(
      "lambda",
      "update-function-configuration",
      ...name,
      "--timeout",
      "9",
      "--environment",
      "Variables={COLOUR=grey}",
    );
    await aws("lambda", "wait", "function-updated-v2", ...name);
    const { Configuration, Tags } = await json("lambda", "get-function", ...name);
    expect(Configuration).toMatchObject({
      Timeout: 9,
      Environment: { Variables: { COLOUR: "grey" } },
      State: "Active",
    });
    expect(Tags).toEqual({ team: "cli" });
    await aws("lambda", "invoke", ...name, "--payload", '{"n": 1}', "answer.json");
    expect(JSON.parse(readFileSync(join(local.dir, "answer.json"), "utf8"))).toEqual({ n: 1 });
    const event = ["--invocation-type", "Event", "--payload", '{"n": 2}', "answer.json"];
    expect(await json("lambda", "invoke", ...name, ...event)).toEqual({ StatusCode: 202 });
    await until("the log of both", 30, async () => {
      const found = await json(
        "logs",
        "filter-log-events",
        "--log-group-name",
        "/aws/lambda/cli",
        "--filter-pattern",
        "saw",
      );
      return found.events.length === 2 ? true : undefined;
    });
    const allowed = ["--statement-id", "s3", "--action", "lambda:InvokeFunction", "--principal", "s3.amazonaws.com"];
    await aws("lambda", "add-permission", ...name, ...allowed, "--source-arn", "arn:aws:s3:::some");
    expect(JSON.parse((await json("lambda", "get-policy", ...name)).Policy).Statement).toHaveLength(1);
    await aws("lambda", "delete-function", ...name);
    expect((await awsResult("lambda", "get-function", ...name)).stderr).toContain("(ResourceNotFoundException)");
  });

  it("awscli: what is not served is named", async () => {
    const refused = await awsResult(
      "lambda",
      "create-alias",
      "--function-name",
      "x",
      "--name",
      "a",
      "--function-version",
      "1",
    );
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toMatch(/NotImplemented.*CreateAlias/);
  });

  it("awscli: a role, a queue and a launch template", async () => {
    const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
    writeFileSync(join(local.dir, "trust.json"), JSON.stringify({ Version: "2012-10-17", Statement: [trust] }));
    await aws("iam", "create-role", "--role-name", "cli", "--assume-role-policy-document", "file://trust.json");
    const policy = ["--policy-arn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"];
    await aws("iam", "attach-role-policy", "--role-name", "cli", ...policy);
    const { AttachedPolicies } = await json("iam", "list-attached-role-policies", "--role-name", "cli");
    expect(AttachedPolicies).toMatchObject([{ PolicyName: "AmazonS3ReadOnlyAccess" }]);

    // awscli 1 has an endpoint of its own for SQS in some regions, whatever AWS_ENDPOINT_URL says.
    const sqs = ["sqs", "--endpoint-url", local.server.endpoint];
    const { QueueUrl } = await json(...sqs, "create-queue", "--queue-name", "cli");
    await aws(...sqs, "send-message", "--queue-url", QueueUrl, "--message-body", "ñ 😀");
    const { Messages } = await json(...sqs, "receive-message", "--queue-url", QueueUrl);
    expect(Messages).toMatchObject([{ Body: "ñ 😀" }]);

    const data = '{"InstanceType":"t3.micro"}';
    await aws("ec2", "create-launch-template", "--launch-template-name", "cli", "--launch-template-data", data);
    const { LaunchTemplates } = await json("ec2", "describe-launch-templates");
    expect(LaunchTemplates).toMatchObject([{ LaunchTemplateName: "cli", LatestVersionNumber: 1 }]);
    await aws("ec2", "delete-launch-template", "--launch-template-name", "cli");
  });

  it("boto3: the story of a function, its role, its queue and its log", async () => {
    const args = [join(ROOT, "test/system/boto3_services_check.py")];
    const result = await run(join(PEER, "bin/python"), args, options());
    expect(result.status, describeRun("python", args, result)).toBe(0);
  });

  it("awscli and boto3: a REST API made, deployed, called over HTTP, and deleted", async () => {
    const { id } = await json("apigateway", "create-rest-api", "--name", "cli", "--tags", "team=cli");
    const patch = ["--patch-operations", "op=replace,path=/name,value=changed"];
    expect(await json("apigateway", "update-rest-api", "--rest-api-id", id, ...patch)).toMatchObject({
      name: "changed",
    });
    expect((await json("apigateway", "get-rest-apis")).items).toMatchObject([{ id, tags: { team: "cli" } }]);
    await aws("apigateway", "delete-rest-api", "--rest-api-id", id);
    expect((await awsResult("apigateway", "get-rest-api", "--rest-api-id", id)).stderr).toContain(
      "(NotFoundException)",
    );

    const source = "export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });";
    const arn = await createNodeFunction(lambdaClient(local.server), "answers-http", source);
    const args = [join(ROOT, "test/system/boto3_api_gateway_check.py"), arn];
    const result = await run(join(PEER, "bin/python"), args, options());
    expect(result.status, describeRun("python", args, result)).toBe(0);
  });
});
