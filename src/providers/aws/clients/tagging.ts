import { ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import type { AwsSession } from "../session.ts";
import { type ClientSettings, translateErrors } from "./settings.ts";

export function taggingClient(session: AwsSession, settings: ClientSettings): ResourceGroupsTaggingAPIClient {
  const client = new ResourceGroupsTaggingAPIClient(settings);
  client.middlewareStack.use(translateErrors("tag", session));
  return client;
}
