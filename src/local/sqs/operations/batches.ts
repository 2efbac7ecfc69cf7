/** Up to ten entries in one request, each with an answer or an error of its own. */
import { AwsError } from "../../service.ts";
import type { Queue } from "../queue.ts";
import { type Context, type Input, type Operation, queueOf } from "./context.ts";
import { changeOne, deleteOne, sendOne } from "./messages.ts";

const MOST_ENTRIES = 10;
/** Bytes of all bodies of a batch. */
const MOST_BYTES = 1_048_576;

/** @param one does what is asked for one entry; what it answers stands beside the entry's Id */
function batch(one: (queue: Queue, entry: Input, context: Context) => object | undefined): Operation {
  return (input, context) => {
    const queue = queueOf(input, context);
    const entries = readEntries(input["Entries"]);
    const Successful: object[] = [];
    const Failed: object[] = [];
    for (const entry of entries) {
      try {
        Successful.push({ Id: entry["Id"], ...one(queue, entry, context) });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        Failed.push({ Id: entry["Id"], SenderFault: error.status < 500, Code: error.code, Message: error.message });
      }
    }
    return { Successful, ...(Failed.length > 0 && { Failed }) };
  };
}

function readEntries(value: unknown): readonly Input[] {
  const entries = Array.isArray(value) ? value.map((entry: unknown) => (entry ?? {}) as Input) : [];
  if (entries.length === 0) {
    throw new AwsError(400, "EmptyBatchRequest", "There should be at least one entry in the request.");
  }
  if (entries.length > MOST_ENTRIES) {
    const message = `Maximum number of entries per request are ${MOST_ENTRIES}. You have sent ${entries.length}.`;
    throw new AwsError(400, "TooManyEntriesInBatchRequest", message);
  }
  const ids = entries.map((entry) => String(entry["Id"] ?? ""));
  if (!ids.every((id) => /^[A-Za-z0-9_-]{1,80}$/.test(id))) {
    const message =
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.";
    throw new AwsError(400, "InvalidBatchEntryId", message);
  }
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) throw new AwsError(400, "BatchEntryIdsNotDistinct", `Id ${twice} repeated.`);
  const bytes = entries.reduce((sum, entry) => sum + Buffer.byteLength(String(entry["MessageBody"] ?? "")), 0);
  if (bytes > MOST_BYTES) {
    const message = `Batch requests cannot be longer than ${MOST_BYTES} bytes. You have sent ${bytes} bytes.`;
    throw new AwsError(400, "BatchRequestTooLong", message);
  }
  return entries;
}

export const sendMessageBatch: Operation = batch(sendOne);
export const deleteMessageBatch: Operation = batch(deleteOne);
export const changeMessageVisibilityBatch: Operation = batch(changeOne);
