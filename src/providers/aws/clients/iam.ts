import { IAMClient } from "@aws-sdk/client-iam";
import type { AwsSession } from "../session.ts";
import { type ClientSettings, translateErrors } from "./settings.ts";

export function iamClient(session: AwsSession, settings: ClientSettings): IAMClient {
  const client = new IAMClient(settings);
  client.middlewareStack.use(translateErrors("iam", session));
  return client;
}
