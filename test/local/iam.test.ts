import {
  CreateGroupCommand,
  GetUserCommand,
  IAMClient,
  ListAccountAliasesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createCredentials } from "../../src/local/http/credentials.ts";
import { userIdentity } from "../../src/local/iam/identity.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";

let local: TestLocal;
let iam: IAMClient;
beforeAll(async () => {
  local = await startTestLocal();
  iam = new IAMClient(clientConfig(local.server));
});
afterAll(() => local.stop());

it("GetUser and GetCallerIdentity agree on who signs", async () => {
  const { User } = await iam.send(new GetUserCommand({}));
  const caller = await new STSClient(clientConfig(local.server)).send(new GetCallerIdentityCommand({}));
  expect(User).toMatchObject({ UserName: "local", UserId: caller.UserId, Arn: caller.Arn });
  expect(caller.Account).toBe(local.server.accountId);
});

it("another user does not exist", () =>
  expect(iam.send(new GetUserCommand({ UserName: "nobody" }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  }));

it("a function is no user, but sees the one there is", async () => {
  const identity = userIdentity(local.server.accountId, local.server.accessKeyId);
  const role = { ...identity, arn: "arn:aws:sts::000000000000:assumed-role/r/f", userId: "AROA:f", userName: "f" };
  const credentials = createCredentials(local.server, identity).issue(role);
  const asFunction = new IAMClient({ ...clientConfig(local.server), credentials });
  await expect(asFunction.send(new GetUserCommand({}))).rejects.toMatchObject({ name: "ValidationError" });
  expect((await asFunction.send(new GetUserCommand({ UserName: "local" }))).User?.Arn).toBe(identity.arn);
});

it("the account has one user and no alias", async () => {
  expect((await iam.send(new ListUsersCommand({}))).Users).toMatchObject([{ UserName: "local" }]);
  expect((await iam.send(new ListAccountAliasesCommand({}))).AccountAliases).toEqual([]);
});

it("what is not served says its name", () =>
  expect(iam.send(new CreateGroupCommand({ GroupName: "g" }))).rejects.toMatchObject({
    message: expect.stringContaining("CreateGroup"),
    $metadata: { httpStatusCode: 501 },
  }));
