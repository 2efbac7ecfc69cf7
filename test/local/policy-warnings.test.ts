import { readFileSync } from "node:fs";
import { CloudWatchLogsClient, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { type LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { logFileOf } from "../../src/local/state.ts";
import { call, createNodeFunction, lambdaClient, ROLE } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";

/** Signs requests to S3 by hand: `event.requests` are pairs of a method and a path, answered with their statuses. */
const SOURCE = `
import { createHash, createHmac } from "node:crypto";
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const sha = (text) => createHash("sha256").update(text).digest("hex");
async function send(method, path, body = "") {
  const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  const date = new Date().toISOString().replace(/[-:]|\\.\\d+/g, "");
  const [resource, query = ""] = path.split("?");
  const headers = {
    "content-md5": createHash("md5").update(body).digest("base64"),
    host: new URL(AWS_ENDPOINT_URL).host,
    "x-amz-content-sha256": sha(body),
    "x-amz-date": date,
    "x-amz-security-token": AWS_SESSION_TOKEN,
  };
  const names = Object.keys(headers).join(";");
  const canonical = [method, resource, query && (query.includes("=") ? query : query + "="),
    ...Object.entries(headers).map(([k, v]) => k + ":" + v), "", names, sha(body)].join("\\n");
  const scope = date.slice(0, 8) + "/us-east-1/s3/aws4_request";
  const key = scope.split("/").reduce(hmac, "AWS4" + AWS_SECRET_ACCESS_KEY);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", date, scope, sha(canonical)].join("\\n")).toString("hex");
  const authorization = "AWS4-HMAC-SHA256 Credential=" + AWS_ACCESS_KEY_ID + "/" + scope +
    ", SignedHeaders=" + names + ", Signature=" + signature;
  const answer = await fetch(AWS_ENDPOINT_URL + path, { method, headers: { ...headers, authorization }, ...(body && { body }) });
  await answer.text();
  return answer.status;
}
export const handler = async ({ requests }) => {
  const statuses = [];
  for (const request of requests) statuses.push(await send(...request));
  return statuses;
};`;

let local: TestLocal;
let lambda: LambdaClient;
let iam: IAMClient;
let s3: S3Client;
let logs: CloudWatchLogsClient;

const trust = (service: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  });

async function roleWith(name: string, ...statements: object[]): Promise<string> {
  const created = await iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust("lambda.amazonaws.com") }),
  );
  const logging = { Effect: "Allow", Action: "logs:*", Resource: "arn:aws:logs:*:*:*" };
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [logging, ...statements] });
  await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "own", PolicyDocument }));
  return created.Role!.Arn!;
}

async function warnings(name: string): Promise<string[]> {
  const found: string[] = [];
  const pages = paginateFilterLogEvents({ client: logs }, { logGroupName: `/aws/lambda/${name}` });
  for await (const page of pages) found.push(...page.events!.map(({ message }) => message!));
  return found.filter((message) => message.startsWith("WARNING: role"));
}

/** The log is written while the function goes on. */
const told = (name: string, expected: readonly unknown[]) =>
  expect.poll(() => warnings(name), { timeout: 10_000 }).toEqual(expected);

beforeAll(async () => {
  local = await startTestLocal();
  lambda = lambdaClient(local.server);
  iam = new IAMClient(clientConfig(local.server));
  s3 = s3Client(local.server);
  logs = new CloudWatchLogsClient(clientConfig(local.server));
  await s3.send(new CreateBucketCommand({ Bucket: "data" }));
  await s3.send(new PutObjectCommand({ Bucket: "data", Key: "in/file", Body: "x" }));
});
afterAll(() => local.stop());

const readOnly = { Effect: "Allow", Action: ["s3:Get*", "s3:List*"], Resource: "*" };

describe("what a function's role would not be allowed on AWS", () => {
  it("is done here, and said once in its log and in the server's", async () => {
    const Role = await roleWith("reader", readOnly);
    await createNodeFunction(lambda, "writes", SOURCE, { Role });
    const requests = [
      ["GET", "/data/in/file"],
      ["PUT", "/data/out/file", "result"],
      ["PUT", "/data/out/again", "result"],
    ];
    for (let n = 0; n < 2; n++) expect((await call(lambda, "writes", { requests })).value).toEqual([200, 200, 200]);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "data", Key: "out/file" }));
    expect(await Body!.transformToString()).toBe("result");
    const warning =
      "WARNING: role reader would not be allowed s3:PutObject on arn:aws:s3:::data/out/file by AWS: no policy allows it";
    await told("writes", [`${warning}\n`]);
    expect(readFileSync(logFileOf(local.dir), "utf8").split(warning).length).toBe(2);
  });

  it("is each key of a request that deletes many", async () => {
    const Role = await roleWith("cleaner", readOnly, {
      Effect: "Allow",
      Action: "s3:DeleteObject",
      Resource: "arn:aws:s3:::data/tmp/*",
    });
    await createNodeFunction(lambda, "cleans", SOURCE, { Role });
    const remove = (...keys: string[]) => [
      "POST",
      "/data?delete",
      `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join("")}</Delete>`,
    ];
    expect((await call(lambda, "cleans", { requests: [remove("tmp/a", "tmp/b")] })).value).toEqual([200]);
    expect(await warnings("cleans")).toEqual([]);
    expect((await call(lambda, "cleans", { requests: [remove("tmp/a", "out/b")] })).value).toEqual([200]);
    await told("cleans", [expect.stringContaining("s3:DeleteObject on arn:aws:s3:::data/out/b")]);
  });

  it("is what a policy denies, though another allows it", async () => {
    const everything = { Effect: "Allow", Action: "*", Resource: "*" };
    const Role = await roleWith("denied", everything, {
      Effect: "Deny",
      Action: "s3:PutObject",
      NotResource: "arn:aws:s3:::data/out/*",
    });
    await createNodeFunction(lambda, "denied", SOURCE, { Role });
    const requests = [
      ["PUT", "/data/out/x", "1"],
      ["PUT", "/data/elsewhere", "1"],
    ];
    expect((await call(lambda, "denied", { requests })).value).toEqual([200, 200]);
    await told("denied", [
      "WARNING: role denied would not be allowed s3:PutObject on arn:aws:s3:::data/elsewhere by AWS: a policy denies it\n",
    ]);
  });
});

it("a role that may not write its function's log is told of, where the log is written all the same", async () => {
  const Role = await roleWith("silent", { Effect: "Deny", Action: "logs:PutLogEvents", Resource: "*" });
  await createNodeFunction(lambda, "silent", SOURCE, { Role });
  await call(lambda, "silent", { requests: [] });
  await told("silent", [
    `WARNING: role silent would not be allowed logs:PutLogEvents on arn:aws:logs:us-east-1:${local.server.accountId}:log-group:/aws/lambda/silent:log-stream:* by AWS: a policy denies it\n`,
  ]);
});

it("nothing is said of a role that may, or that is not known, or where it cannot be decided", async () => {
  const doubtful = {
    Effect: "Allow",
    Action: "s3:*",
    Resource: "*",
    Condition: { StringEquals: { "aws:SourceVpce": "vpce-1" } },
  };
  await createNodeFunction(lambda, "may", SOURCE, { Role: await roleWith("may", { ...readOnly, Action: "s3:*" }) });
  await createNodeFunction(lambda, "doubtful", SOURCE, { Role: await roleWith("doubtful", doubtful) });
  await createNodeFunction(lambda, "foreign", SOURCE, { Role: ROLE });
  for (const name of ["may", "doubtful", "foreign"]) {
    expect((await call(lambda, name, { requests: [["PUT", `/data/${name}`, "1"]] })).value).toEqual([200]);
    expect(await warnings(name)).toEqual([]);
  }
});

it("a role that does not trust Lambda is refused", async () => {
  const Role = await roleWith("machines", readOnly);
  await createNodeFunction(lambda, "trusted", SOURCE, { Role });
  const PolicyDocument = trust("ec2.amazonaws.com");
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "machines", PolicyDocument }));
  const refusal = {
    name: "InvalidParameterValueException",
    message: "The role defined for the function cannot be assumed by Lambda.",
  };
  await expect(createNodeFunction(lambda, "untrusted", SOURCE, { Role })).rejects.toMatchObject(refusal);
  const command = new UpdateFunctionConfigurationCommand({ FunctionName: "may", Role });
  await expect(lambda.send(command)).rejects.toMatchObject(refusal);
});
