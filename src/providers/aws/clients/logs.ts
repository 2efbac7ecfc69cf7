import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { AwsSession } from "../session.ts";
import { type ClientSettings, translateErrors } from "./settings.ts";

export function logsClient(session: AwsSession, settings: ClientSettings): CloudWatchLogsClient {
  const client = new CloudWatchLogsClient(settings);
  client.middlewareStack.use(translateErrors("logs", session));
  return client;
}
