import type { S3Client } from "@aws-sdk/client-s3";
import type { AwsSession } from "./session.ts";

/** Keys that sign. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** The ways to S3 of a command that moves files: most of them need the SDK for nothing, whose code alone takes longer than they do. */
export interface S3Access {
  readonly session: AwsSession;
  /** The session's, where they are known without the SDK. */
  readonly credentials: Credentials | undefined;
  /** The SDK's client, loaded when it is first asked for. */
  readonly sdk: () => Promise<S3Client>;
}
