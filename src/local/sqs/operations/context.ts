/** What the operations share: their input, and the queue that it names. */
import { AwsError, type AwsRequest, type Identity, type LocalSettings } from "../../service.ts";
import { invalidParameter, missingParameter, queueDoesNotExist } from "../errors.ts";
import type { Queue } from "../queue.ts";
import type { QueueStore } from "../queue-store.ts";

export type Input = Readonly<Record<string, unknown>>;

export interface Context {
  readonly settings: LocalSettings;
  readonly queues: QueueStore;
  readonly identity: Identity;
  readonly aborted: AwsRequest["aborted"];
}

/** Answers the document of the response; none: an empty one. */
export type Operation = (input: Input, context: Context) => object | undefined | Promise<object | undefined>;

type Place = Pick<LocalSettings, "host" | "port" | "accountId" | "region">;

export const queueUrl = ({ host, port, accountId }: Place, name: string): string =>
  `http://${host}:${port}/${accountId}/${name}`;

export const queueArn = ({ region, accountId }: Place, name: string): string =>
  `arn:aws:sqs:${region}:${accountId}:${name}`;

/** The queue that `QueueUrl` names; the server's address in it does not matter: its port may have changed since. */
export function queueOf(input: Input, { queues, settings }: Context): Queue {
  const url = text(input, "QueueUrl");
  const [account, name] = url.split("/").slice(-2);
  const queue = account === settings.accountId ? queues.get(name ?? "") : undefined;
  if (!queue) throw queueDoesNotExist();
  return queue;
}

export function optionalText(input: Input, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new AwsError(400, "SerializationException", `${name} must be a string`);
  return value;
}

/** Throws AwsError `MissingParameter` when it is not there. */
export function text(input: Input, name: string): string {
  const value = optionalText(input, name);
  if (value === undefined || value === "") throw missingParameter(name);
  return value;
}

export function optionalInteger(input: Input, name: string, least: number, most: number): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    throw invalidParameter(name, value, `Must be between ${least} and ${most}, if provided.`);
  }
  return value as number;
}

/** Texts of a list; none when it is missing. */
export function texts(input: Input, name: string): string[] {
  const value = input[name];
  return Array.isArray(value) ? value.map(String) : [];
}
