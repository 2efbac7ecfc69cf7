/** The Resource Groups Tagging API on this machine, over what the other services have. */
import { readBody } from "../http/body.ts";
import { AwsError, type LocalService, type LocalSettings, notServed, type TaggedResources } from "../service.ts";
import { parseInput } from "./input.ts";
import { OPERATIONS } from "./operations.ts";
import { taggedView } from "./view.ts";

const TARGET = "ResourceGroupsTaggingAPI_20170126.";
const MAX_BODY = 1024 * 1024;

export interface TaggingPorts {
  readonly settings: LocalSettings;
  readonly resources: readonly TaggedResources[];
}

export function createTaggingService({ settings, resources }: TaggingPorts): LocalService {
  const view = taggedView(resources, settings.behaviour.taggingDelayMs);
  const context = { services: resources, view };
  return {
    scopes: ["tagging"],
    errorStyle: "json-1.1",
    async handle(request) {
      const target = request.headers["x-amz-target"];
      if (typeof target !== "string" || !target.startsWith(TARGET)) {
        throw new AwsError(
          400,
          "UnknownOperationException",
          "The header X-Amz-Target names no operation of the tagging API",
        );
      }
      const name = target.slice(TARGET.length);
      const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
      if (!operation) throw notServed(name);
      const document = await operation(context, parseInput((await readBody(request.body, MAX_BODY)).toString("utf8")));
      return {
        status: 200,
        headers: { "content-type": "application/x-amz-json-1.1" },
        body: JSON.stringify(document),
      };
    },
    async close() {
      view.close();
    },
  };
}
