/** CloudWatch Logs on this machine: state below `logs/` of the state folder; what is not served stands in GAPS.md. */
import { join } from "node:path";
import {
  AwsError,
  type LocalService,
  type LocalSettings,
  type LogSink,
  notServed,
  type TaggedResources,
} from "../service.ts";
import { GroupStore } from "./group-store.ts";
import { readInput, tags } from "./input.ts";
import { groupArn, nameOfArn, type Operation } from "./operations/context.ts";
import { filterLogEvents, getLogEvents } from "./operations/events.ts";
import * as groups from "./operations/groups.ts";
import * as streams from "./operations/streams.ts";

/** How often events are looked for that are too old to be kept; no reader is shown them meanwhile. */
const EXPIRY_MS = 3_600_000;
const TARGET = "Logs_20140328.";

const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateLogGroup: groups.createLogGroup,
  DeleteLogGroup: groups.deleteLogGroup,
  DescribeLogGroups: groups.describeLogGroups,
  PutRetentionPolicy: groups.putRetentionPolicy,
  DeleteRetentionPolicy: groups.deleteRetentionPolicy,
  ListTagsForResource: groups.listTags,
  ListTagsLogGroup: groups.listTags,
  TagResource: groups.tag,
  TagLogGroup: groups.tag,
  UntagResource: groups.untag,
  UntagLogGroup: groups.untag,
  CreateLogStream: streams.createLogStream,
  DeleteLogStream: streams.deleteLogStream,
  DescribeLogStreams: streams.describeLogStreams,
  PutLogEvents: streams.putLogEvents,
  GetLogEvents: getLogEvents,
  FilterLogEvents: filterLogEvents,
};

export type LogsService = LocalService & LogSink & TaggedResources;

export async function createLogsService({ settings }: { readonly settings: LocalSettings }): Promise<LogsService> {
  const store = new GroupStore(join(settings.dir, "logs"));
  await store.sweep();
  void store.expire();
  const expiry = setInterval(() => void store.expire(), EXPIRY_MS).unref();
  return {
    scopes: ["logs"],
    errorStyle: "json-1.1",
    async handle(request) {
      const target = request.headers["x-amz-target"];
      if (typeof target !== "string" || !target.startsWith(TARGET)) {
        throw new AwsError(
          400,
          "UnknownOperationException",
          "The header X-Amz-Target names no operation of CloudWatch Logs",
        );
      }
      const name = target.slice(TARGET.length);
      const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
      if (!operation) throw notServed(name);
      return operation({ settings, groups: store }, await readInput(request));
    },
    async append(group, stream, events) {
      await (store.get(group) ?? store.create(group, {})).append(stream, events);
    },
    async close() {
      clearInterval(expiry);
    },
    listTagged: () =>
      store.all().map(({ record }) => ({
        arn: groupArn(settings, record.name),
        resourceType: "logs:log-group",
        tags: record.tags,
      })),
    async changeTags(arn, change) {
      const group = store.get(nameOfArn(arn));
      if (!group || groupArn(settings, group.record.name) !== arn) return false;
      group.save({ ...group.record, tags: tags({ tags: change(group.record.tags) }) });
      return true;
    },
  };
}
