/** What a plan is made of. Every write to AWS is one of these. */
import { type EventInvokeConfig, type FileSystem, TAG, type VpcSection } from "../../../fdl/contract.ts";
import type { LogGroup } from "../controllers/log-groups.ts";
import type { LayerPackage } from "../package/layer.ts";
import { supervisorVersion } from "../package/layer-release.ts";
import type { ZipFile } from "../package/zip.ts";
import { type ApiReference, type ApiStep, describeApiStep } from "./api-step.ts";
import type { Architecture } from "./definition.ts";
import type { NotificationChange } from "./notifications.ts";

/** One function as Lambda is to have it. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly role: string;
  readonly runtime: string;
  readonly handler: string;
  readonly description: string;
  /** Seconds. */
  readonly timeout: number;
  /** MB. */
  readonly memory: number;
  /** MB of /tmp. */
  readonly ephemeralStorage: number;
  /** ARN of the dead-letter queue; "": none. */
  readonly deadLetterQueue: string;
  readonly architectures: readonly Architecture[];
  /** Undefined: in no network of the user's. */
  readonly vpc: VpcSection | undefined;
  readonly fileSystems: readonly FileSystem[];
  readonly variables: Readonly<Record<string, string>>;
  /** Its REST API, for a variable of its own; undefined: it has none. */
  readonly api: ApiReference | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** ARNs of the user's own layers; the supervisor's is added to them. */
  readonly layers: readonly string[];
  /** A version that is there, or the name and content of the one that this plan publishes. */
  readonly supervisorLayer: { readonly arn: string } | LayerContent;
  readonly code:
    | { readonly kind: "direct"; readonly zip: ZipFile }
    | { readonly kind: "bucket"; readonly bucket: string; readonly key: string };
}

/** What a layer is known by before it has a version. */
export type LayerContent = Pick<LayerPackage, "name" | "description">;

export function layerKey({ name, description }: LayerContent): string {
  return `${name} ${description}`;
}

export type Step =
  | { readonly kind: "publish-layer"; readonly layer: LayerPackage }
  | { readonly kind: "create-bucket"; readonly bucket: string; readonly region: string }
  | { readonly kind: "create-folder"; readonly bucket: string; readonly folder: string }
  | {
      readonly kind: "upload-package";
      readonly functionName: string;
      readonly bucket: string;
      readonly key: string;
      readonly zip: ZipFile;
      /** A function of that name is there already (its init was cut): the object may be its code, and is not taken back. */
      readonly resumes: boolean;
    }
  | { readonly kind: "create-function"; readonly definition: FunctionDefinition }
  /** Goes on with an init that was cut. */
  | { readonly kind: "resume-function"; readonly definition: FunctionDefinition }
  | { readonly kind: "update-code"; readonly definition: FunctionDefinition }
  | { readonly kind: "update-configuration"; readonly definition: FunctionDefinition }
  | {
      readonly kind: "tag-function";
      readonly functionName: string;
      readonly functionArn: string;
      readonly tags: Readonly<Record<string, string>>;
    }
  | { readonly kind: "create-log-group"; readonly functionName: string; readonly group: LogGroup }
  | { readonly kind: "set-retention"; readonly group: LogGroup }
  | { readonly kind: "await-active"; readonly functionName: string }
  /** Without `config`: AWS's defaults again. */
  | { readonly kind: "configure-events"; readonly functionName: string; readonly config?: EventInvokeConfig }
  | {
      readonly kind: "allow-bucket";
      readonly functionName: string;
      readonly bucket: string;
      readonly bucketArn: string;
      readonly accountId: string;
    }
  | {
      readonly kind: "forbid-bucket";
      readonly functionName: string;
      readonly bucket: string;
      /** Of the function's policy. */
      readonly statementIds: readonly string[];
    }
  | ApiStep
  | { readonly kind: "change-notifications"; readonly change: NotificationChange }
  | { readonly kind: "mark-ready"; readonly functionName: string; readonly functionArn: string }
  | { readonly kind: "delete-function"; readonly functionName: string }
  | { readonly kind: "delete-log-group"; readonly functionName: string; readonly group: string }
  | { readonly kind: "delete-package"; readonly functionName: string; readonly bucket: string; readonly key: string };

/** Stages in order; the steps of one stage do not need each other. */
export type Plan = readonly (readonly Step[])[];

/** One line for people: notices and `--dry-run`. */
export function describe(step: Step): string {
  switch (step.kind) {
    case "publish-layer":
      return `publish layer '${step.layer.name}' ${supervisorVersion(step.layer.description)}`;
    case "create-bucket":
      return `create bucket '${step.bucket}' in ${step.region}`;
    case "create-folder":
      return `create folder '${step.folder}' in bucket '${step.bucket}'`;
    case "upload-package":
      return `upload the package to '${step.bucket}/${step.key}'`;
    case "create-function":
      return `create function '${step.definition.name}'`;
    case "resume-function":
      return `finish function '${step.definition.name}'`;
    case "update-code":
      return `change the code of function '${step.definition.name}'`;
    case "update-configuration":
      return `change the configuration of function '${step.definition.name}'`;
    case "tag-function":
      return `mark function '${step.functionName}' as ${step.tags[TAG.state] ?? "scar's"}`;
    case "create-log-group":
      return `create log group '${step.group.name}'`;
    case "set-retention":
      return `keep the events of log group '${step.group.name}' for ${step.group.retentionInDays} days`;
    case "await-active":
      return `wait until function '${step.functionName}' is active`;
    case "configure-events":
      return `configure the asynchronous invocation of function '${step.functionName}'`;
    case "allow-bucket":
      return `let bucket '${step.bucket}' invoke function '${step.functionName}'`;
    case "forbid-bucket":
      return `let bucket '${step.bucket}' no longer invoke function '${step.functionName}'`;
    case "create-api":
    case "deploy-api":
    case "allow-api":
    case "forbid-api":
    case "delete-api":
      return describeApiStep(step);
    case "change-notifications":
      return `${step.change.triggers.length > 0 ? "set" : "remove"} the notifications of bucket '${step.change.bucket}'`;
    case "mark-ready":
      return `mark function '${step.functionName}' as ready`;
    case "delete-function":
      return `delete function '${step.functionName}'`;
    case "delete-log-group":
      return `delete log group '${step.group}'`;
    case "delete-package":
      return `delete the package at '${step.bucket}/${step.key}'`;
  }
}
