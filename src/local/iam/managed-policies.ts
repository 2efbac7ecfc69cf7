/** The policies of AWS that SCAR's users attach to roles, with what they allow; in short where that concerns services that are not here. */

interface ManagedStatement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: string;
}

const LOG_WRITING = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
const allow = (...actions: string[]): ManagedStatement => ({ Effect: "Allow", Action: actions, Resource: "*" });

/** By what follows `arn:aws:iam::aws:policy/`. */
const STATEMENTS: Readonly<Record<string, readonly ManagedStatement[]>> = {
  AdministratorAccess: [allow("*")],
  AmazonS3FullAccess: [allow("s3:*", "s3-object-lambda:*")],
  AmazonS3ReadOnlyAccess: [
    allow("s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"),
  ],
  AWSBatchFullAccess: [
    allow(
      "batch:*",
      "cloudwatch:GetMetricStatistics",
      "ec2:Describe*",
      "ecs:Describe*",
      "ecs:List*",
      "logs:Describe*",
      "logs:Get*",
      "logs:TestMetricFilter",
      "logs:FilterLogEvents",
      "iam:ListInstanceProfiles",
      "iam:ListRoles",
    ),
  ],
  AWSLambda_FullAccess: [
    allow(
      "lambda:*",
      "logs:DescribeLogGroups",
      "iam:GetPolicy",
      "iam:GetPolicyVersion",
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListRolePolicies",
      "iam:ListRoles",
      "tag:GetResources",
    ),
  ],
  AWSLambdaExecute: [
    { Effect: "Allow", Action: ["logs:*"], Resource: "arn:aws:logs:*:*:*" },
    { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: "arn:aws:s3:::*" },
  ],
  CloudWatchLogsFullAccess: [allow("logs:*", "cloudwatch:GenerateQuery")],
  CloudWatchLogsReadOnlyAccess: [
    allow(
      "logs:Describe*",
      "logs:Get*",
      "logs:List*",
      "logs:StartQuery",
      "logs:StopQuery",
      "logs:TestMetricFilter",
      "logs:FilterLogEvents",
      "logs:StartLiveTail",
      "logs:StopLiveTail",
      "cloudwatch:GenerateQuery",
    ),
  ],
  "service-role/AmazonEC2ContainerServiceforEC2Role": [
    allow(
      "ec2:DescribeTags",
      "ecs:CreateCluster",
      "ecs:DeregisterContainerInstance",
      "ecs:DiscoverPollEndpoint",
      "ecs:Poll",
      "ecs:RegisterContainerInstance",
      "ecs:StartTelemetrySession",
      "ecs:UpdateContainerInstancesState",
      "ecs:Submit*",
      "ecr:GetAuthorizationToken",
      "ecr:BatchCheckLayerAvailability",
      "ecr:GetDownloadUrlForLayer",
      "ecr:BatchGetImage",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ),
  ],
  "service-role/AmazonECSTaskExecutionRolePolicy": [
    allow(
      "ecr:GetAuthorizationToken",
      "ecr:BatchCheckLayerAvailability",
      "ecr:GetDownloadUrlForLayer",
      "ecr:BatchGetImage",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ),
  ],
  "service-role/AWSBatchServiceRole": [
    allow(
      "ec2:Describe*",
      "ec2:CreateLaunchTemplate",
      "ec2:DeleteLaunchTemplate",
      "ec2:RequestSpotFleet",
      "ec2:CancelSpotFleetRequests",
      "ec2:ModifySpotFleetRequest",
      "ec2:TerminateInstances",
      "ec2:RunInstances",
      "autoscaling:*",
      "ecs:*",
      "logs:CreateLogGroup",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "logs:DescribeLogGroups",
      "iam:GetInstanceProfile",
      "iam:GetRole",
    ),
  ],
  "service-role/AWSLambdaBasicExecutionRole": [allow(...LOG_WRITING)],
  "service-role/AWSLambdaRole": [allow("lambda:InvokeFunction")],
  "service-role/AWSLambdaSQSQueueExecutionRole": [
    allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", ...LOG_WRITING),
  ],
  "service-role/AWSLambdaVPCAccessExecutionRole": [
    allow(
      ...LOG_WRITING,
      "ec2:CreateNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:DeleteNetworkInterface",
      "ec2:AssignPrivateIpAddresses",
      "ec2:UnassignPrivateIpAddresses",
    ),
  ],
};

const PREFIX = "arn:aws:iam::aws:policy/";

export const isManagedArn = (arn: string): boolean => arn.startsWith(PREFIX);

export const managedArns = (): readonly string[] => Object.keys(STATEMENTS).map((name) => PREFIX + name);

/** The document of a policy of AWS; undefined when it is not among those known here. */
export function managedDocument(arn: string): string | undefined {
  const name = arn.slice(PREFIX.length);
  if (!isManagedArn(arn) || !Object.hasOwn(STATEMENTS, name)) return undefined;
  return JSON.stringify({ Version: "2012-10-17", Statement: STATEMENTS[name] });
}
