/**
 * What the rooms of the local AWS share: the request after its signature was checked, AWS's errors, and the ways in which
 * one service needs another (S3 → Lambda and SQS, Lambda → Logs and SQS).
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Behaviour } from "./behaviour.ts";
import type { SandboxSettings } from "./sandbox/settings.ts";

/** Who signed the request. */
export interface Identity {
  readonly accountId: string;
  readonly arn: string;
  readonly userId: string;
  /** Empty for sessions of roles. */
  readonly userName: string;
  /** The role whose session it is. */
  readonly roleArn?: string;
  /** The function that runs with these credentials. */
  readonly functionName?: string;
}

/** A request whose Host and SigV4 signature were accepted. */
export interface AwsRequest {
  readonly method: string;
  /** Path as sent, still percent-encoded, without the query. */
  readonly path: string;
  /** Decoded query parameters, in order. */
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Bytes of the body after aws-chunked decoding; its checksums are verified while it is read. */
  readonly body: AsyncIterable<Buffer>;
  /** The body's verified checksums, `x-amz-checksum-crc32` → base64 …; complete when the body was read to its end. */
  readonly checksums: ReadonlyMap<string, string>;
  readonly identity: Identity;
  /** Service and region of the signature's scope. */
  readonly service: string;
  readonly region: string;
  /** UUID, also sent back in the service's request id header. */
  readonly requestId: string;
  /** A signal aborted when the client went away; made when it is first asked for, since few requests need one. */
  readonly aborted: () => AbortSignal;
}

export interface OpenAddresses {
  at(host: string | undefined, path: string): boolean;
  answer(request: OpenRequest): Promise<AwsResponse>;
}

/** A request to an address that needs no signature of ours, as it came. */
export interface OpenRequest {
  readonly method: string;
  /** Path as sent, still percent-encoded, without the query. */
  readonly path: string;
  /** The query as sent, with its question mark; empty when there is none. */
  readonly search: string;
  /** Decoded. */
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Names and values by turns, as sent. */
  readonly rawHeaders: readonly string[];
  readonly body: AsyncIterable<Buffer>;
  /** `1.1` */
  readonly httpVersion: string;
  readonly remoteAddress: string;
  /** UUID, also sent back as `X-Amzn-RequestId`. */
  readonly requestId: string;
}

export interface AwsResponse {
  readonly status: number;
  /** A header with several values is sent once for each. */
  readonly headers?: Readonly<Record<string, string | number | string[]>>;
  readonly body?: string | Buffer | Readable | Blocks;
}

/** Bytes for one reader, who is done with a block when it asks for the next: its buffer is then used again. */
export interface Blocks extends AsyncIterable<Buffer> {
  /** To be called in the end, read or not. */
  release(): void;
}

/** How a service writes an {@link AwsError}. */
export type ErrorStyle = "s3-xml" | "query-xml" | "ec2-xml" | "json-1.1" | "rest-json" | "apigateway-json";

export interface LocalService {
  /** SigV4 scope names that lead here: `s3`, `lambda`, `logs`, `iam`, `sts`, `ec2`, `sqs`, `tagging`, `apigateway`. */
  readonly scopes: readonly string[];
  readonly errorStyle: ErrorStyle;
  handle(request: AwsRequest): Promise<AwsResponse>;
  /** Requests at addresses of the service's own, which it checks itself: signature and Origin. */
  readonly open?: OpenAddresses;
  /** Ends what the service started. */
  close(): Promise<void>;
}

/** An error as AWS would answer it. */
export class AwsError extends Error {
  readonly status: number;
  readonly code: string;
  /** Further elements of the error document (`Key`, `BucketName`, …). */
  readonly details: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = code;
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** A recognised but unserved operation: 501 and its name (listed in GAPS.md). */
export function notServed(operation: string): AwsError {
  return new AwsError(501, "NotImplemented", `${operation} is not served by scar's local AWS (see GAPS.md)`);
}

/** What S3 needs of Lambda. */
export interface EventTarget {
  /** Throws AwsError `InvalidArgument` when the function is missing or its policy does not let S3 invoke it for this bucket. */
  checkDestination(functionArn: string, sourceArn: string, sourceAccount: string): void;
  /** Puts an asynchronous invocation into the queue; on disk when it resolves. */
  enqueue(functionArn: string, payload: Buffer): Promise<void>;
}

export type FunctionCallType = "RequestResponse" | "Event" | "DryRun";

/** An invocation by a service, on behalf of a resource. */
export interface FunctionCall {
  readonly functionArn: string;
  /** `apigateway.amazonaws.com` */
  readonly service: string;
  readonly sourceArn: string;
  readonly sourceAccount: string;
  readonly type: FunctionCallType;
  /** JSON. */
  readonly payload: Buffer;
  readonly requestId: string;
  /** `X-Amzn-Trace-Id` */
  readonly traceId: string;
  /** Called when the function begins. */
  readonly onStart: () => void;
}

export interface FunctionCallResult {
  /** What the function answered, or AWS's error document; empty for a call that nobody waits for. */
  readonly payload: Buffer;
  readonly failed: boolean;
}

/** What API Gateway needs of Lambda. */
export interface FunctionCaller {
  /** Throws AwsError: 403 when the function's policy does not let the service, 404, 409, 413, 429. An `Event` is on disk when it resolves. */
  call(call: FunctionCall): Promise<FunctionCallResult>;
}

/** A text attribute of an SQS message: a `String`, or a `Number`. */
export interface QueueMessageAttribute {
  readonly type: "String" | "Number";
  readonly value: string;
}

/** What S3 and Lambda need of SQS. */
export interface QueueTarget {
  /** Throws AwsError `InvalidArgument` when the queue is missing or its policy does not let S3 send to it for this bucket. */
  checkQueue(queueArn: string, sourceArn: string, sourceAccount: string): void;
  /** On disk when it resolves; rejects with AwsError `QueueDoesNotExist`. */
  send(queueArn: string, body: string, attributes?: Readonly<Record<string, QueueMessageAttribute>>): Promise<void>;
}

/** The log group that Lambda gives a function. */
export const logGroup = (functionName: string): string => `/aws/lambda/${functionName}`;

export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

/** What Lambda needs of CloudWatch Logs; groups and streams are made when missing. */
export interface LogSink {
  append(group: string, stream: string, events: readonly LogEvent[]): Promise<void>;
}

/** A request to S3, as those see it who want to know whether AWS would allow it. */
export interface S3Access extends Pick<AwsRequest, "identity" | "region" | "query" | "headers"> {
  /** Empty for requests to the service. */
  readonly bucket: string;
  /** Decoded; empty for requests to a bucket. */
  readonly key: string;
}

/** @param operation its name, as S3's API reference has it; DeleteObjects is one DeleteObject for each key. */
export type S3Observer = (access: S3Access, operation: string) => void;

/** What the tagging API needs of a service. */
export interface TaggedResources {
  listTagged(): readonly {
    readonly arn: string;
    readonly resourceType: string;
    readonly tags: Readonly<Record<string, string>>;
  }[];
  /** Changes a resource's tags; false when the service has none of that ARN. Throws AwsError for tags that it refuses. */
  changeTags(
    arn: string,
    change: (tags: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
  ): Promise<boolean>;
}

/** Settings of one server, fixed at its start. */
export interface LocalSettings {
  /** State folder: `$SCAR_LOCAL_DIR` or `~/.scar/local`. */
  readonly dir: string;
  readonly host: "127.0.0.1";
  /** Actual port. */
  readonly port: number;
  readonly region: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Folder of the built bundles. */
  readonly distDir: string;
  readonly behaviour: Behaviour;
  readonly sandbox: SandboxSettings;
}
