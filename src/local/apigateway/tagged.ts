/** The tags of APIs and of their stages, by ARN. */
import type { TaggedResources } from "../service.ts";
import { readTags } from "./input.ts";
import type { RestApi, Stage, Tags } from "./model.ts";
import type { ApiStore } from "./store.ts";

interface Tagged {
  readonly tags: Tags;
  save(tags: Tags): void;
}

const ARN = /^arn:aws:apigateway:([a-z0-9-]+):(?:\d{12})?:\/restapis\/([a-z0-9]+)(?:\/stages\/([\w-]+))?$/;

/** ARN of an API: `arn:aws:apigateway:REGION::/restapis/ID` */
export const apiArn = (region: string, { id }: Pick<RestApi, "id">): string =>
  `arn:aws:apigateway:${region}::/restapis/${id}`;

const stageArn = (region: string, api: RestApi, { stageName }: Stage): string =>
  `${apiArn(region, api)}/stages/${stageName}`;

/** What an ARN names; undefined when there is no such thing. */
export function findTagged(store: ApiStore, arn: string): Tagged | undefined {
  const [, , id = "", stageName] = ARN.exec(arn) ?? [];
  const api = store.get(id);
  if (!api) return undefined;
  if (stageName === undefined)
    return { tags: api.tags, save: (tags) => void store.put({ ...api, tags: readTags(tags) }) };
  const stage = api.stages.find((one) => one.stageName === stageName);
  if (!stage) return undefined;
  return {
    tags: stage.tags,
    save(tags) {
      const changed = { ...stage, tags: readTags(tags) };
      store.put({ ...api, stages: api.stages.map((one) => (one === stage ? changed : one)) });
    },
  };
}

export function taggedResources(store: ApiStore, region: string): TaggedResources {
  return {
    listTagged: () =>
      store.all().flatMap((api) => [
        { arn: apiArn(region, api), resourceType: "apigateway:restapis", tags: api.tags },
        ...api.stages.map((stage) => ({
          arn: stageArn(region, api, stage),
          resourceType: "apigateway:stages",
          tags: stage.tags,
        })),
      ]),
    async changeTags(arn, change) {
      const found = findTagged(store, arn);
      found?.save(change(found.tags));
      return found !== undefined;
    },
  };
}
