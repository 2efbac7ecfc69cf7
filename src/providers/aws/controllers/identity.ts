import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { type Identity, parseArn } from "../arn.ts";
import type { AwsClients } from "../clients.ts";

/** What was asked: a command needs it in several places. */
const asked = new WeakMap<AwsClients, Promise<Identity>>();

/**
 * Who calls, asked once of the same clients. STS names the same user id as IAM's GetUser does, needs no permission and serves roles
 * too: the id of a role's session is `AROA…:session`, of which the owner is the part that stays.
 */
export function callerIdentity(clients: AwsClients): Promise<Identity> {
  const identity = asked.get(clients) ?? ask(clients);
  asked.set(clients, identity);
  return identity;
}

async function ask(clients: AwsClients): Promise<Identity> {
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
