/** A function's VPC and file systems: kept and told again, without effect here. */
import { type FileSystemConfig, LIMITS, type VpcConfig } from "../model.ts";
import { constraint, invalid, object, text } from "./input.ts";

const FILE_SYSTEM = /^arn:aws[a-zA-Z-]*:elasticfilesystem:[a-z0-9-]+:\d{12}:access-point\/fsap-[a-f0-9]{17}$/;
const MOUNT_PATH = /^\/mnt\/[a-zA-Z0-9-_.]+$/;

/** Undefined: the request says nothing of it. Empty lists take the network away. */
export function readVpc(value: unknown): VpcConfig | undefined {
  if (value === undefined || value === null) return undefined;
  const input = object(value);
  const vpc = {
    SubnetIds: ids(input["SubnetIds"], "vpcConfig.subnetIds", LIMITS.subnets),
    SecurityGroupIds: ids(input["SecurityGroupIds"], "vpcConfig.securityGroupIds", LIMITS.securityGroups),
    Ipv6AllowedForDualStack: input["Ipv6AllowedForDualStack"] === true,
  };
  if (vpc.SubnetIds.length > 0 !== vpc.SecurityGroupIds.length > 0) {
    invalid("SubnetIds and SecurityIds must coexist or be both empty list.");
  }
  return vpc;
}

/** Undefined: the request says nothing of them. */
export function readFileSystems(value: unknown): FileSystemConfig[] | undefined {
  if (value === undefined || value === null) return undefined;
  const list = Array.isArray(value) ? value : [];
  if (list.length > LIMITS.fileSystems) {
    constraint("fileSystemConfigs", String(list.length), `have length less than or equal to ${LIMITS.fileSystems}`);
  }
  return list.map((item) => {
    const [Arn, LocalMountPath] = [text(object(item), "Arn") ?? "", text(object(item), "LocalMountPath") ?? ""];
    if (!FILE_SYSTEM.test(Arn))
      constraint("fileSystemConfigs.arn", Arn, "satisfy regular expression pattern: an access point's ARN");
    if (!MOUNT_PATH.test(LocalMountPath)) {
      constraint(
        "fileSystemConfigs.localMountPath",
        LocalMountPath,
        "satisfy regular expression pattern: ^/mnt/[a-zA-Z0-9-_.]+$",
      );
    }
    return { Arn, LocalMountPath };
  });
}

/** File systems are reached through the function's network. */
export function checkFileSystems(fileSystems: readonly FileSystemConfig[], vpc: VpcConfig | undefined): void {
  if (fileSystems.length > 0 && (vpc?.SubnetIds.length ?? 0) === 0) {
    invalid("Function must be configured to execute in a VPC to reference access points.");
  }
}

function ids(value: unknown, name: string, most: number): string[] {
  const list = Array.isArray(value) ? value.map(String) : [];
  if (list.length > most) constraint(name, String(list.length), `have length less than or equal to ${most}`);
  return list;
}
