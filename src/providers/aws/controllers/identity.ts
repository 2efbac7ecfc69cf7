import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { type Identity, parseArn } from "../arn.ts";
import type { AwsClients } from "../clients.ts";

/**
 * Who calls. STS names the same user id as IAM's GetUser does, needs no permission and serves roles too: the id of a role's session
 * is `AROA…:session`, of which the owner is the part that stays.
 */
export async function callerIdentity(clients: AwsClients): Promise<Identity> {
  const sts = await clients.sts();
  const answer = await sts.send(new GetCallerIdentityCommand({}));
  const { partition, accountId, resource } = parseArn(answer.Arn ?? "");
  return {
    accountId: answer.Account ?? accountId,
    partition,
    owner: (answer.UserId ?? "").split(":")[0] || accountId,
    userName: resource.startsWith("user/") ? resource.split("/").at(-1) : undefined,
  };
}
