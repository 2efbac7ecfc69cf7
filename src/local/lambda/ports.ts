/** What the Lambda service needs of others. */
import type { Readable } from "node:stream";
import type { Credentials } from "../http/credentials.ts";
import type { LocalSettings, LogSink, QueueTarget } from "../service.ts";

export interface LambdaPorts {
  readonly settings: LocalSettings;
  readonly logs: LogSink;
  /** Where records and dead letters of asynchronous invocations may go. */
  readonly queues: Pick<QueueTarget, "send">;
  /** Rejects when there is no such bucket. */
  readonly putObject: (bucket: string, key: string, body: string) => Promise<void>;
  /** The server's log. */
  readonly log: (text: string) => void;
  /** Gives out the session credentials of a function's role. */
  readonly credentials: Pick<Credentials, "issue">;
  /** Whether a role may be assumed by a service; undefined when the role is not known here. */
  readonly roleTrusts: (roleArn: string, service: string) => boolean | undefined;
  /** Most environments that may live at once; default: twice the processors, at least 4 (`SCAR_LOCAL_CONCURRENCY`). */
  readonly concurrency?: number;
  /**
   * Reads an object for `Code.S3Bucket`. Undefined: there is no such object. Missing: code from a bucket is refused with 501.
   */
  readonly readObject?: (bucket: string, key: string, versionId?: string) => Promise<Readable | undefined>;
}
