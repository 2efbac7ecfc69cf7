import { STSClient } from "@aws-sdk/client-sts";
import type { AwsSession } from "../session.ts";
import { type ClientSettings, translateErrors } from "./settings.ts";

export function stsClient(session: AwsSession, settings: ClientSettings): STSClient {
  const client = new STSClient(settings);
  client.middlewareStack.use(translateErrors("sts", session));
  return client;
}
