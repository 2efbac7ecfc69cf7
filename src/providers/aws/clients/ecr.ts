import { ECRClient } from "@aws-sdk/client-ecr";
import type { AwsSession } from "../session.ts";
import { type ClientSettings, translateErrors } from "./settings.ts";

export function ecrClient(session: AwsSession, settings: ClientSettings): ECRClient {
  const client = new ECRClient(settings);
  client.middlewareStack.use(translateErrors("ecr", session));
  return client;
}
