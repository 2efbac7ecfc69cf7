/** What each part of an FDL needs of the execution role. Pure. */
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { ecrOf } from "../../../registry/hosts.ts";
import { parseImageReference } from "../../../registry/reference.ts";
import { bucketArn, logGroupArn, logGroupName } from "../arn.ts";

/** One statement; names are IAM's. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** Where the functions are to be. `accountId`: `*` where it is not known. */
export interface RolePlace {
  readonly partition: string;
  readonly accountId: string;
}

function allow(Sid: string, Action: readonly string[], Resource: readonly string[]): Statement {
  return { Sid, Effect: "Allow", Action, Resource: [...new Set(Resource)].sort() };
}

/** `init` makes the group. Were it allowed to Lambda, a late invocation would make anew what `rm` has removed. */
export function writeLogs(specs: readonly FunctionSpec[], place: RolePlace): Statement {
  const groups = specs.map(({ lambda }) =>
    logGroupArn({ ...place, owner: "" }, lambda.region, logGroupName(lambda.name)),
  );
  return allow(
    "WriteLogs",
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    groups.map((arn) => `${arn}:*`),
  );
}

export function onFiles(
  sid: string,
  actions: readonly string[],
  places: readonly { readonly bucket: string; readonly folder: string }[],
  place: RolePlace,
): Statement {
  const arns = places.map(({ bucket, folder }) => `${bucketArn(place, bucket)}/${literal(folder)}*`);
  return allow(sid, actions, arns);
}

/** In a resource `*`, `?` and `$` are not themselves (IAM: "Policy variables"). */
function literal(text: string): string {
  return text.replace(/[*?$]/g, (c) => `\${${c}}`);
}

/** Of an image in Amazon ECR that the supervisor fetches; a packed one is in the package. */
export function pullImages(specs: readonly FunctionSpec[], { partition }: RolePlace): Statement[] {
  const repositories = specs.flatMap(({ lambda: { container } }) => {
    if (container.image === undefined || container.image_file !== undefined) return [];
    const { registry, repository } = parseImageReference(container.image);
    const found = ecrOf(registry);
    return found ? [`arn:${partition}:ecr:${found.region}:${found.account}:repository/${repository}`] : [];
  });
  if (repositories.length === 0) return [];
  return [
    // It is not about a repository (Service Authorization Reference: no resource types).
    allow("LogInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
    allow(
      "PullImages",
      ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"],
      repositories,
    ),
  ];
}

/** As AWS's own AWSLambdaVPCAccessExecutionRole: Lambda asks for them on all resources. */
export function joinNetwork(specs: readonly FunctionSpec[]): Statement {
  const actions = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
  ];
  const any = specs.some(({ lambda }) => (lambda.vpc?.SubnetIds ?? []).length > 0);
  return allow("JoinNetwork", actions, any ? ["*"] : []);
}

/** EFS asks of the file system, which only its access points name here (EFS: "Using IAM to control file system data access"). */
export function mountFileSystems(specs: readonly FunctionSpec[], { partition, accountId }: RolePlace): Statement {
  const points = specs.flatMap(({ lambda }) => (lambda.file_system ?? []).map(({ Arn }) => Arn));
  const regions = points.map((arn) => arn.split(":")[3] ?? "*");
  const resources = regions.map((region) => `arn:${partition}:elasticfilesystem:${region}:${accountId}:file-system/*`);
  return {
    ...allow("MountFileSystems", ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"], resources),
    Condition: { StringEquals: { "elasticfilesystem:AccessPointArn": [...new Set(points)].sort() } },
  };
}

/** What Lambda does at a destination (Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations"), by its service. */
const SENDING: Readonly<Record<string, readonly [sid: string, action: string]>> = {
  sqs: ["SendToQueues", "sqs:SendMessage"],
  sns: ["PublishToTopics", "sns:Publish"],
  lambda: ["InvokeFunctions", "lambda:InvokeFunction"],
  events: ["PutEvents", "events:PutEvents"],
};

export function sendRecords(specs: readonly FunctionSpec[]): Statement[] {
  const arns = specs.flatMap(({ lambda: { event_invoke_config: config, dead_letter_queue: queue } }) =>
    [config?.on_success, config?.on_failure, queue].filter((arn) => arn !== undefined && arn !== ""),
  ) as string[];
  const of = (service: string): string[] => arns.filter((arn) => arn.split(":")[2] === service);
  return [
    ...Object.entries(SENDING).map(([service, [sid, action]]) => allow(sid, [action], of(service))),
    allow(
      "PutRecords",
      ["s3:PutObject"],
      of("s3").map((arn) => `${arn}/*`),
    ),
    allow("ListRecordBuckets", ["s3:ListBucket"], of("s3")),
  ];
}
