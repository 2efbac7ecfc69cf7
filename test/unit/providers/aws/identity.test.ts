import { expect, it } from "vitest";
import { isOwner } from "../../../../src/providers/aws/arn.ts";
import type { AwsClients } from "../../../../src/providers/aws/clients.ts";
import { callerIdentity } from "../../../../src/providers/aws/controllers/identity.ts";

const ACCOUNT = "123456789012";

/** Only STS is there to be asked: no permission of IAM is needed. */
const calledBy = (UserId: string, Arn: string) =>
  callerIdentity({
    sts: async () => ({ send: async () => ({ UserId, Arn, Account: ACCOUNT }) }),
  } as unknown as AwsClients);

it.each([
  ["a user", "AIDAX", `arn:aws:iam::${ACCOUNT}:user/ana`, "AIDAX", ["AIDAX", "ana"]],
  ["a user below a path", "AIDAX", `arn:aws:iam::${ACCOUNT}:user/lab/one/ana`, "AIDAX", ["AIDAX", "ana"]],
  [
    "a role, whatever its session's name",
    "AROAX:ana",
    `arn:aws:sts::${ACCOUNT}:assumed-role/dev/ana`,
    "AROAX",
    ["AROAX"],
  ],
  ["the account itself", ACCOUNT, `arn:aws-cn:iam::${ACCOUNT}:root`, ACCOUNT, [ACCOUNT]],
])("%s", async (_who, userId, arn, owner, own) => {
  const identity = await calledBy(userId, arn);
  expect(identity).toMatchObject({ accountId: ACCOUNT, partition: arn.split(":")[1], owner });
  const tags = ["AIDAX", "AROAX", "ana", "AROAX:ana", "dev", ACCOUNT, "", undefined];
  expect(tags.filter((tag) => isOwner(identity, tag))).toEqual(own);
});
