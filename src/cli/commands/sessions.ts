import { staticCredentials } from "../../config/aws-credentials.ts";
import type { FunctionSpec } from "../../fdl/spec.ts";
import { type AwsClients, awsClients } from "../../providers/aws/clients.ts";
import type { S3Access } from "../../providers/aws/s3-access.ts";
import type { AwsSession } from "../../providers/aws/session.ts";
import type { CommandContext } from "../command.ts";

/** Functions that are deployed to the same place, as the same identity. */
export interface SessionGroup {
  readonly session: AwsSession;
  readonly functions: readonly FunctionSpec[];
}

/** The functions of a command, grouped by region, profile and endpoint. */
export async function bySession(context: CommandContext): Promise<SessionGroup[]> {
  const groups = new Map<string, { session: AwsSession; functions: FunctionSpec[] }>();
  for (const spec of context.functions) {
    const session = await context.session(spec);
    const key = JSON.stringify([session.region, session.profile, session.endpoint]);
    const group = groups.get(key) ?? { session, functions: [] };
    group.functions.push(spec);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Runs `work` with the ways to S3, which are closed afterwards. Of AWS's own address the SDK knows more than keys: they are not looked for. */
export async function withS3<T>({ session, world }: CommandContext, work: (s3: S3Access) => Promise<T>): Promise<T> {
  const aws = await session();
  const isPlain = aws.credentials === undefined && aws.endpoint !== undefined;
  const credentials = isPlain ? await staticCredentials(world.env, aws.profile) : aws.credentials;
  return await withClients(aws, (clients) => work({ session: aws, credentials, sdk: clients.s3 }));
}

/** Runs `work` with clients that are closed afterwards. */
export async function withClients<T>(session: AwsSession, work: (clients: AwsClients) => Promise<T>): Promise<T> {
  const clients = awsClients(session);
  try {
    return await work(clients);
  } finally {
    clients.close();
  }
}
