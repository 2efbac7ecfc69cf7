/** A step as `--dry-run -j` tells it. */
import { ENV } from "../../../fdl/contract.ts";
import type { ApiDefinition } from "../api/definition.ts";
import type { ApiReference } from "./api-step.ts";
import type { FunctionDefinition, Step } from "./steps.ts";

/**
 * The step's kind and what it is about, under AWS's names where AWS has one. Of a function's environment only the names are told, and of
 * packages their sizes: values and contents may be secret.
 */
export function stepDocument(step: Step): Readonly<Record<string, unknown>> {
  return { Kind: step.kind, ...fields(step) };
}

function fields(step: Step): Readonly<Record<string, unknown>> {
  switch (step.kind) {
    case "publish-layer":
      return {
        LayerName: step.layer.name,
        Description: step.layer.description,
        CompatibleArchitectures: [step.layer.architecture],
        UnpackedSize: step.layer.unpackedSize,
      };
    case "create-bucket":
      return { Bucket: step.bucket, Region: step.region };
    case "create-folder":
      return { Bucket: step.bucket, Key: step.folder };
    case "upload-package":
      return { FunctionName: step.functionName, Bucket: step.bucket, Key: step.key, ZipSize: step.zip.size };
    case "create-function":
    case "resume-function":
    case "update-code":
    case "update-configuration":
      return functionFields(step.definition);
    case "create-log-group":
    case "set-retention":
      return { LogGroupName: step.group.name, RetentionInDays: step.group.retentionInDays };
    case "configure-events":
      return { FunctionName: step.functionName, Configuration: step.config ?? {} };
    case "allow-bucket":
      return { FunctionName: step.functionName, Bucket: step.bucket };
    case "forbid-bucket":
      return { FunctionName: step.functionName, Bucket: step.bucket, StatementIds: step.statementIds };
    case "tag-function":
      return { FunctionName: step.functionName, Tags: step.tags };
    case "change-notifications":
      return {
        Bucket: step.change.bucket,
        FunctionArns: step.change.functionArns,
        Triggers: step.change.triggers.map(({ functionArn, prefix, suffix }) => ({
          FunctionArn: functionArn,
          Prefix: prefix,
          Suffix: suffix,
        })),
      };
    case "create-api":
      return { FunctionName: step.functionName, ...apiFields(step.api) };
    case "deploy-api":
      return { FunctionName: step.functionName, ...idOf(step.reference), ...apiFields(step.api) };
    case "allow-api":
      return { FunctionName: step.functionName, ...idOf(step.reference) };
    case "forbid-api":
      return { FunctionName: step.functionName, RestApiId: step.apiId, StatementIds: step.statementIds };
    case "delete-api":
      return { FunctionName: step.functionName, RestApiId: step.apiId };
    case "await-active":
    case "mark-ready":
    case "delete-function":
      return { FunctionName: step.functionName };
    case "delete-log-group":
      return { LogGroupName: step.group };
    case "delete-package":
      return { FunctionName: step.functionName, Bucket: step.bucket, Key: step.key };
  }
}

function apiFields({ name, authorizationType, binaryMediaTypes }: ApiDefinition): Readonly<Record<string, unknown>> {
  return { Name: name, AuthorizationType: authorizationType, BinaryMediaTypes: binaryMediaTypes };
}

function idOf(reference: ApiReference): { readonly RestApiId?: string } {
  return reference === "created" ? {} : { RestApiId: reference.id };
}

function functionFields(definition: FunctionDefinition): Readonly<Record<string, unknown>> {
  const { code, supervisorLayer } = definition;
  return {
    FunctionName: definition.name,
    FunctionArn: definition.arn,
    Role: definition.role,
    Runtime: definition.runtime,
    Handler: definition.handler,
    Timeout: definition.timeout,
    MemorySize: definition.memory,
    EphemeralStorage: { Size: definition.ephemeralStorage },
    Architectures: definition.architectures,
    Layers: [...definition.layers, "arn" in supervisorLayer ? supervisorLayer.arn : supervisorLayer.name],
    EnvironmentNames: [...Object.keys(definition.variables), ...(definition.api ? [ENV.apiGatewayId] : [])],
    Code: code.kind === "bucket" ? { S3Bucket: code.bucket, S3Key: code.key } : { ZipSize: code.zip.size },
  };
}
