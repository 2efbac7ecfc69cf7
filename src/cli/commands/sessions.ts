import type { FunctionSpec } from "../../fdl/spec.ts";
import { type AwsClients, awsClients } from "../../providers/aws/clients.ts";
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

/** Runs `work` with clients that are closed afterwards. */
export async function withClients<T>(session: AwsSession, work: (clients: AwsClients) => Promise<T>): Promise<T> {
  const clients = awsClients(session);
  try {
    return await work(clients);
  } finally {
    clients.close();
  }
}
