import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createCredentials } from "../../src/local/http/credentials.ts";
import { userIdentity } from "../../src/local/iam/identity.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";

let local: TestLocal;
let sts: STSClient;
let roleArn: string;
const trust = (principal: object, effect = "Allow") =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: effect, Principal: principal, Action: "sts:AssumeRole" }],
  });

beforeAll(async () => {
  local = await startTestLocal();
  sts = new STSClient(clientConfig(local.server));
  const iam = new IAMClient(clientConfig(local.server));
  const { accountId } = local.server;
  const created = await iam.send(
    new CreateRoleCommand({
      RoleName: "guest",
      AssumeRolePolicyDocument: trust({ AWS: `arn:aws:iam::${accountId}:root` }),
    }),
  );
  roleArn = created.Role!.Arn!;
  await iam.send(
    new CreateRoleCommand({
      RoleName: "service",
      AssumeRolePolicyDocument: trust({ Service: "lambda.amazonaws.com" }),
    }),
  );
});
afterAll(() => local.stop());

interface Issued {
  readonly AccessKeyId?: string | undefined;
  readonly SecretAccessKey?: string | undefined;
  readonly SessionToken?: string | undefined;
}

const configOf = ({ AccessKeyId, SecretAccessKey, SessionToken }: Issued) => ({
  ...clientConfig(local.server),
  credentials: { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! },
});

it("AssumeRole gives credentials that sign as the role's session", async () => {
  const { Credentials, AssumedRoleUser } = await sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "me", DurationSeconds: 900 }),
  );
  const left = Credentials!.Expiration!.getTime() - Date.now();
  expect(left).toBeGreaterThan(880_000);
  expect(left).toBeLessThanOrEqual(900_000);
  const arn = `arn:aws:sts::${local.server.accountId}:assumed-role/guest/me`;
  expect(AssumedRoleUser).toMatchObject({ Arn: arn, AssumedRoleId: expect.stringMatching(/^AROA\w{17}:me$/) });
  const caller = await new STSClient(configOf(Credentials!)).send(new GetCallerIdentityCommand({}));
  expect(caller).toMatchObject({ Arn: arn, UserId: AssumedRoleUser!.AssumedRoleId });
  await new S3Client(configOf(Credentials!)).send(new ListBucketsCommand({}));
});

it("GetSessionToken gives the user's", async () => {
  const { Credentials } = await sts.send(new GetSessionTokenCommand({}));
  const caller = await new STSClient(configOf(Credentials!)).send(new GetCallerIdentityCommand({}));
  expect(caller.Arn).toBe(`arn:aws:iam::${local.server.accountId}:user/local`);
});

it("credentials that have expired sign nothing more", async () => {
  const identity = userIdentity(local.server.accountId, local.server.accessKeyId);
  const { issue } = createCredentials(local.server, identity);
  const { accessKeyId, secretAccessKey, sessionToken } = issue(identity, Date.now() - 1);
  const config = configOf({ AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken });
  await expect(new STSClient(config).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: "ExpiredToken",
    $metadata: { httpStatusCode: 403 },
  });
  await expect(new S3Client(config).send(new ListBucketsCommand({}))).rejects.toMatchObject({
    name: "ExpiredToken",
    $metadata: { httpStatusCode: 400 },
  });
});

it.each([
  ["that is not there", { RoleArn: "arn:aws:iam::000000000000:role/none" }, "AccessDenied"],
  ["that trusts a service alone", { RoleArn: "arn:aws:iam::000000000000:role/service" }, "AccessDenied"],
  ["for longer than it allows", { DurationSeconds: 7200 }, "ValidationError"],
  ["by a name that is none", { RoleSessionName: "a b" }, "ValidationError"],
])("AssumeRole refuses a role %s", async (_, more, name) => {
  const command = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "me", ...more });
  await expect(sts.send(command)).rejects.toMatchObject({ name });
});
