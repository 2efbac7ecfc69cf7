/** A function as AWS shows it. */
import { logGroup } from "../../service.ts";
import type { FunctionRecord, VpcConfig } from "../model.ts";

/** AWS's FunctionConfiguration: what Create, Update and Get answer. */
export function configurationOf(record: FunctionRecord): Record<string, unknown> {
  const { State, StateReason, LastUpdateStatus, LastUpdateStatusReason } = record;
  return {
    ...listedConfigurationOf(record),
    State,
    ...(State === "Pending" ? { StateReason: "The function is being created.", StateReasonCode: "Creating" } : {}),
    ...(State === "Failed" ? { StateReason, StateReasonCode: "InternalError" } : {}),
    LastUpdateStatus,
    ...(LastUpdateStatus === "InProgress"
      ? { LastUpdateStatusReason: "The function is being updated.", LastUpdateStatusReasonCode: "Updating" }
      : {}),
    ...(LastUpdateStatus === "Failed" ? { LastUpdateStatusReason, LastUpdateStatusReasonCode: "InternalError" } : {}),
  };
}

/** The same as ListFunctions shows it: without states. */
export function listedConfigurationOf(record: FunctionRecord): Record<string, unknown> {
  // A change that is under way is shown as if it were made.
  const settings = record.next?.settings ?? record;
  const code = record.next?.code ?? record;
  return {
    FunctionName: record.FunctionName,
    FunctionArn: record.FunctionArn,
    Runtime: settings.Runtime,
    Role: settings.Role,
    Handler: settings.Handler,
    CodeSize: code.CodeSize,
    Description: settings.Description,
    Timeout: settings.Timeout,
    MemorySize: settings.MemorySize,
    LastModified: record.LastModified,
    CodeSha256: code.CodeSha256,
    Version: "$LATEST",
    ...(Object.keys(settings.Environment).length > 0 ? { Environment: { Variables: settings.Environment } } : {}),
    ...(settings.DeadLetterTargetArn ? { DeadLetterConfig: { TargetArn: settings.DeadLetterTargetArn } } : {}),
    // AWS tells the VPC that the subnets are in.
    ...(settings.VpcConfig ? { VpcConfig: { ...settings.VpcConfig, VpcId: vpcOf(settings.VpcConfig) } } : {}),
    ...(settings.FileSystemConfigs?.length ? { FileSystemConfigs: settings.FileSystemConfigs } : {}),
    TracingConfig: { Mode: settings.TracingMode },
    RevisionId: record.RevisionId,
    ...(settings.Layers.length > 0 ? { Layers: settings.Layers } : {}),
    PackageType: "Zip",
    Architectures: [record.Architecture],
    EphemeralStorage: { Size: settings.EphemeralStorageSize },
    SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
    LoggingConfig: { LogFormat: "Text", LogGroup: logGroup(record.FunctionName) },
  };
}

const vpcOf = ({ SubnetIds }: VpcConfig): string => (SubnetIds.length > 0 ? "vpc-00000000000000000" : "");
