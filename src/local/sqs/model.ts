/** What is stored of queues and messages. Field names of what clients see are AWS's. */

export interface QueueRecord {
  readonly name: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** Seconds since the epoch: when the attributes were last set. */
  readonly modified: number;
  /** Those that were set; the others have AWS's defaults. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface MessageAttribute {
  /** `String`, `Number` or `Binary`, with a label of the sender's own after a dot. */
  readonly DataType: string;
  readonly StringValue?: string;
  /** Base64. */
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** A message's file; when it is visible and how often it was received stands in the file's name. */
export interface StoredMessage {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly senderId: string;
  /** ms since the epoch. */
  readonly sentAt: number;
  /** `AWSTraceHeader`. */
  readonly traceHeader?: string;
}
