/** The Resource Groups Tagging API on this machine: GetResources over what the other services have. */
import { readBody } from "../http/body.ts";
import { AwsError, type LocalService, type LocalSettings, notServed, type TaggedResources } from "../service.ts";
import { type Filters, matches, readFilters } from "./filters.ts";

const TARGET = "ResourceGroupsTaggingAPI_20170126.";
const MAX_BODY = 1024 * 1024;

export interface TaggingPorts {
  readonly settings: LocalSettings;
  readonly resources: readonly TaggedResources[];
}

export function createTaggingService({ resources }: TaggingPorts): LocalService {
  return {
    scopes: ["tagging"],
    errorStyle: "json-1.1",
    async handle(request) {
      const target = String(request.headers["x-amz-target"] ?? "");
      if (target !== `${TARGET}GetResources`)
        throw notServed(target.replace(TARGET, "") || "An operation without a name");
      const filters = readFilters((await readBody(request.body, MAX_BODY)).toString("utf8"));
      const document = getResources(resources, filters);
      return {
        status: 200,
        headers: { "content-type": "application/x-amz-json-1.1" },
        body: JSON.stringify(document),
      };
    },
    async close() {},
  };
}

/** Resources that have tags, by ARN; the token is the ARN after which the next page begins. */
function getResources(resources: readonly TaggedResources[], filters: Filters): unknown {
  const after = token(filters.token);
  const found = resources
    .flatMap((service) => service.listTagged())
    .filter((resource) => resource.arn > after && matches(resource, filters))
    .sort((a, b) => (a.arn < b.arn ? -1 : 1));
  const page = found.slice(0, filters.perPage);
  const last = found.length > page.length ? page.at(-1)!.arn : "";
  return {
    PaginationToken: last === "" ? "" : Buffer.from(last).toString("base64"),
    ResourceTagMappingList: page.map(({ arn, tags }) => ({
      ResourceARN: arn,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    })),
  };
}

function token(text: string): string {
  const arn = Buffer.from(text, "base64").toString("utf8");
  if (arn !== "" && !arn.startsWith("arn:")) {
    throw new AwsError(400, "PaginationTokenExpiredException", "The PaginationToken is not valid");
  }
  return arn;
}
