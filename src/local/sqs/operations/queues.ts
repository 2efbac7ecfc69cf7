/** Create, find, describe, change, empty and delete queues; their tags. */
import { AwsError } from "../../service.ts";
import { readQueueAttributes, withDefaults } from "../attributes.ts";
import { invalidParameter, queueDoesNotExist } from "../errors.ts";
import type { Queue } from "../queue.ts";
import {
  type Context,
  type Input,
  type Operation,
  optionalInteger,
  optionalText,
  queueArn,
  queueOf,
  queueUrl,
  text,
  texts,
} from "./context.ts";

const NAME = /^[A-Za-z0-9_-]{1,80}$/;
const MOST_TAGS = 50;
/** AWS's own page of ListQueues. */
const PAGE = 1000;

const seconds = (): number => Math.floor(Date.now() / 1000);

export const createQueue: Operation = (input, { queues, settings }) => {
  const name = text(input, "QueueName");
  if (name.endsWith(".fifo"))
    throw new AwsError(501, "NotImplemented", "FIFO queues are not served by scar's local AWS (see GAPS.md)");
  if (!NAME.test(name)) {
    throw invalidParameter(
      "QueueName",
      name,
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.",
    );
  }
  const attributes = readQueueAttributes(input["Attributes"]);
  const existing = queues.get(name);
  if (existing) {
    const has = withDefaults(existing.record.attributes);
    const other = Object.keys(attributes).find((key) => (has[key] ?? "") !== attributes[key]);
    if (other !== undefined) {
      const message = `A queue already exists with the same name and a different value for attribute ${other}`;
      throw new AwsError(400, "QueueNameExists", message);
    }
  } else {
    const tags = readTags((input["tags"] ?? {}) as Record<string, unknown>);
    queues.create({ name, created: seconds(), modified: seconds(), attributes, tags });
  }
  return { QueueUrl: queueUrl(settings, name) };
};

export const getQueueUrl: Operation = (input, { queues, settings }) => {
  const name = text(input, "QueueName");
  const owner = optionalText(input, "QueueOwnerAWSAccountId") ?? settings.accountId;
  if (owner !== settings.accountId || !queues.get(name)) throw queueDoesNotExist();
  return { QueueUrl: queueUrl(settings, name) };
};

export const listQueues: Operation = (input, { queues, settings }) => {
  const prefix = optionalText(input, "QueueNamePrefix") ?? "";
  const most = optionalInteger(input, "MaxResults", 1, PAGE);
  const after = Buffer.from(optionalText(input, "NextToken") ?? "", "base64").toString();
  const names = queues
    .all()
    .map(({ record }) => record.name)
    .filter((name) => name.startsWith(prefix) && name > after);
  const page = names.slice(0, most ?? PAGE);
  return {
    // AWS leaves the list away when it is empty.
    ...(page.length > 0 && { QueueUrls: page.map((name) => queueUrl(settings, name)) }),
    // Without MaxResults there is one page.
    ...(most !== undefined &&
      page.length < names.length && { NextToken: Buffer.from(page.at(-1)!).toString("base64") }),
  };
};

export const deleteQueue: Operation = (input, context) => {
  context.queues.delete(queueOf(input, context).record.name);
  return undefined;
};

export const purgeQueue: Operation = (input, context) => {
  queueOf(input, context).purge();
  return undefined;
};

export const getQueueAttributes: Operation = (input, context) => {
  const queue = queueOf(input, context);
  const asked = texts(input, "AttributeNames");
  const all = attributesOf(queue, context);
  const unknown = asked.find((name) => name !== "All" && name !== "Policy" && !Object.hasOwn(all, name));
  if (unknown !== undefined) throw new AwsError(400, "InvalidAttributeName", `Unknown Attribute ${unknown}.`);
  const found = Object.entries(all).filter(([name]) => asked.includes("All") || asked.includes(name));
  return found.length > 0 ? { Attributes: Object.fromEntries(found) } : {};
};

function attributesOf(queue: Queue, { settings }: Context): Record<string, string> {
  const { record } = queue;
  const { visible, inFlight, delayed } = queue.counts();
  return {
    ...withDefaults(record.attributes),
    QueueArn: queueArn(settings, record.name),
    CreatedTimestamp: String(record.created),
    LastModifiedTimestamp: String(record.modified),
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  };
}

export const setQueueAttributes: Operation = (input, context) => {
  const queue = queueOf(input, context);
  const attributes = { ...queue.record.attributes, ...readQueueAttributes(input["Attributes"]) };
  context.queues.change(queue, { attributes, modified: seconds() });
  return undefined;
};

export const listQueueTags: Operation = (input, context) => {
  const { tags } = queueOf(input, context).record;
  return Object.keys(tags).length > 0 ? { Tags: tags } : {};
};

export const tagQueue: Operation = (input, context) => {
  const queue = queueOf(input, context);
  const tags = readTags({ ...queue.record.tags, ...((input["Tags"] ?? {}) as Input) });
  context.queues.change(queue, { tags });
  return undefined;
};

export const untagQueue: Operation = (input, context) => {
  const queue = queueOf(input, context);
  const gone = new Set(texts(input, "TagKeys"));
  const left = Object.entries(queue.record.tags).filter(([key]) => !gone.has(key));
  context.queues.change(queue, { tags: Object.fromEntries(left) });
  return undefined;
};

function readTags(tags: Input): Record<string, string> {
  const entries = Object.entries(tags);
  if (entries.length > MOST_TAGS)
    throw invalidParameter("Tags", entries.length, `A queue has at most ${MOST_TAGS} tags.`);
  for (const [key, value] of entries) {
    if (key.length < 1 || key.length > 128 || key.startsWith("aws:"))
      throw invalidParameter("Tags", key, "The tag key is not valid.");
    if (typeof value !== "string" || value.length > 256)
      throw invalidParameter("Tags", value, "The tag value is not valid.");
  }
  return tags as Record<string, string>;
}
