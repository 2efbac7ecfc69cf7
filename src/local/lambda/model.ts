/** What is stored of functions and layers: one JSON file each. Field names are AWS's. */

export interface LayerReference {
  readonly Arn: string;
  readonly CodeSize: number;
}

/** One statement of a function's resource policy, as GetPolicy shows it. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal: "*" | { readonly Service: string } | { readonly AWS: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What the user sets with CreateFunction and UpdateFunctionConfiguration. */
export interface FunctionSettings {
  readonly Runtime: string;
  readonly Role: string;
  readonly Handler: string;
  readonly Description: string;
  /** Seconds. */
  readonly Timeout: number;
  /** MB. */
  readonly MemorySize: number;
  readonly Environment: Readonly<Record<string, string>>;
  readonly Layers: readonly LayerReference[];
  /** MB of /tmp. */
  readonly EphemeralStorageSize: number;
  readonly TracingMode: string;
  /** ARN of the dead-letter queue; missing or empty: none. */
  readonly DeadLetterTargetArn?: string;
  readonly VpcConfig?: VpcConfig | undefined;
  readonly FileSystemConfigs?: readonly FileSystemConfig[];
}

export interface VpcConfig {
  readonly SubnetIds: readonly string[];
  readonly SecurityGroupIds: readonly string[];
  readonly Ipv6AllowedForDualStack: boolean;
}

export interface FileSystemConfig {
  readonly Arn: string;
  readonly LocalMountPath: string;
}

export interface DestinationConfig {
  readonly OnSuccess?: { readonly Destination: string };
  readonly OnFailure?: { readonly Destination: string };
}

/** What is set for asynchronous invocation; what is missing has AWS's default. */
export interface EventInvokeConfig {
  /** Seconds since the epoch, with a fraction. */
  readonly LastModified: number;
  /** 0 to 2. */
  readonly MaximumRetryAttempts?: number;
  /** 60 to 21600. */
  readonly MaximumEventAgeInSeconds?: number;
  readonly DestinationConfig?: DestinationConfig;
}

export interface FunctionRecord extends FunctionSettings, CodeFacts {
  readonly FunctionName: string;
  readonly FunctionArn: string;
  readonly Architecture: string;
  readonly LastModified: string;
  readonly RevisionId: string;
  readonly State: "Pending" | "Active" | "Failed";
  readonly StateReason?: string;
  readonly LastUpdateStatus: "Successful" | "InProgress" | "Failed";
  readonly LastUpdateStatusReason?: string;
  readonly Tags: Readonly<Record<string, string>>;
  readonly Policy: readonly PolicyStatement[];
  readonly EventInvokeConfig?: EventInvokeConfig;
  /** Concurrent invocations that are kept for it and that it may not exceed; missing: it shares what is left. */
  readonly ReservedConcurrentExecutions?: number;
  /** Name of the folder, below the function's, with what environments show: `task`, `opt`; new with every change of code or layers. */
  readonly deployment: string;
  /** New whenever a change of code or settings has taken effect: environments of another generation are out of date. */
  readonly generation: string;
  /** The deployment that is being unpacked, while Pending or InProgress. */
  readonly next?: { readonly deployment: string; readonly settings: FunctionSettings; readonly code: CodeFacts };
}

/** What identifies a zip. */
export interface CodeFacts {
  /** Base64. */
  readonly CodeSha256: string;
  /** Bytes of the zip. */
  readonly CodeSize: number;
  /** Bytes of the files; unknown of what an older server received. */
  readonly UnzippedSize?: number;
}

export interface LayerVersionRecord {
  readonly LayerName: string;
  readonly LayerArn: string;
  readonly LayerVersionArn: string;
  readonly Version: number;
  readonly Description: string;
  readonly CreatedDate: string;
  readonly CompatibleRuntimes: readonly string[];
  readonly CompatibleArchitectures: readonly string[];
  readonly LicenseInfo?: string;
  readonly CodeSha256: string;
  readonly CodeSize: number;
  /** Bytes of the files. */
  readonly UnzippedSize: number;
}

/** AWS's limits (aws-facts.md; the numbers are bytes unless they say otherwise). */
export const LIMITS = {
  /** A request that carries a zip. */
  request: 70_167_211,
  zipped: 52_428_800,
  unzipped: 262_144_000,
  environment: 4096,
  layers: 5,
  subnets: 16,
  securityGroups: 5,
  fileSystems: 1,
  syncPayload: 6_291_456,
  asyncPayload: 1_048_576,
  /** The 100 bytes above 6 MB are AWS's. */
  response: 6_291_556,
} as const;

/** The time format of LastModified and CreatedDate. */
export function awsTime(date = new Date()): string {
  return date.toISOString().replace("Z", "+0000");
}

/** The settings alone, without what is kept beside them. */
export function settingsOf(record: FunctionSettings): FunctionSettings {
  const {
    Runtime,
    Role,
    Handler,
    Description,
    Timeout,
    MemorySize,
    Environment,
    Layers,
    EphemeralStorageSize,
    TracingMode,
    DeadLetterTargetArn = "",
    VpcConfig,
    FileSystemConfigs = [],
  } = record;
  return {
    Runtime,
    Role,
    Handler,
    Description,
    Timeout,
    MemorySize,
    Environment,
    Layers,
    EphemeralStorageSize,
    TracingMode,
    DeadLetterTargetArn,
    VpcConfig,
    FileSystemConfigs,
  };
}

export function codeOf({ CodeSha256, CodeSize, UnzippedSize }: CodeFacts): CodeFacts {
  return { CodeSha256, CodeSize, ...(UnzippedSize !== undefined && { UnzippedSize }) };
}
