import { expect, it } from "vitest";
import { resolveFunction } from "../../../../src/config/resolve.ts";
import type { Tree } from "../../../../src/fdl/tree.ts";
import { partitionOf, rolePolicy } from "../../../../src/providers/aws/plan/role-policy.ts";
import { planRole } from "../../../../src/providers/aws/role.ts";

const AWS = { partition: "aws", accountId: "123456789012" };
const spec = (lambda: Tree) => resolveFunction([{ lambda: { name: "fn", ...lambda } }], {}, "eu-west-1").spec;
const policy = (lambda: Tree, place = AWS) => rolePolicy([spec(lambda)], place).Statement;
const s3 = (path: string) => ({ storage_provider: "s3", path });

const LOGS = {
  Sid: "WriteLogs",
  Effect: "Allow",
  Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
  Resource: ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/fn:*"],
};

it("a function without files writes its log, and may do nothing else", () => {
  expect(policy({ container: { image: "ubuntu" } })).toEqual([LOGS]);
});

it("reads its inputs and writes its outputs, in their folders alone", () => {
  expect(policy({ input: [s3("photos/in")], output: [s3("photos/out/a"), s3("whole")] })).toEqual([
    LOGS,
    { Sid: "ReadInputs", Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::photos/in/*"] },
    {
      Sid: "WriteOutputs",
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:AbortMultipartUpload"],
      Resource: ["arn:aws:s3:::photos/out/a/*", "arn:aws:s3:::whole/*"],
    },
  ]);
});

it("a folder's own stars and dollars are no wildcards", () => {
  const [, read] = policy({ input: [s3("b/a*b?c$d")] });
  const itself = (c: string) => `\${${c}}`;
  expect(read!.Resource).toEqual([`arn:aws:s3:::b/a${itself("*")}b${itself("?")}c${itself("$")}d/*`]);
});

it("storage of other providers has credentials of its own", () => {
  expect(policy({ output: [{ storage_provider: "s3.other", path: "there/out" }] })).toEqual([LOGS]);
});

it.each([
  ["123456789012.dkr.ecr.us-east-2.amazonaws.com/team/tool:1", "aws", "us-east-2"],
  ["123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/tool", "aws-cn", "cn-north-1"],
])("pulls its image %s from ECR", (image, partition, region) => {
  const statements = policy({ container: { image } }, { ...AWS, partition });
  expect(statements.slice(1)).toEqual([
    { Sid: "LogInToRegistry", Effect: "Allow", Action: ["ecr:GetAuthorizationToken"], Resource: ["*"] },
    {
      Sid: "PullImages",
      Effect: "Allow",
      Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"],
      Resource: [`arn:${partition}:ecr:${region}:123456789012:repository/team/tool`],
    },
  ]);
});

it("joins its network and mounts its file systems", () => {
  const Arn = "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-1";
  const statements = policy({
    vpc: { SubnetIds: ["subnet-1"], SecurityGroupIds: ["sg-1"] },
    file_system: [{ Arn, LocalMountPath: "/mnt/x" }],
  });
  expect(statements.slice(1)).toEqual([
    expect.objectContaining({
      Sid: "JoinNetwork",
      Action: expect.arrayContaining(["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"]),
      Resource: ["*"],
    }),
    {
      Sid: "MountFileSystems",
      Effect: "Allow",
      Action: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
      Resource: ["arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/*"],
      Condition: { StringEquals: { "elasticfilesystem:AccessPointArn": [Arn] } },
    },
  ]);
});

it("sends records to its destinations, each in the service's own way", () => {
  const arn = (service: string, rest: string) => `arn:aws:${service}:eu-west-1:123456789012:${rest}`;
  const actions = (lambda: Tree) =>
    policy(lambda)
      .slice(1)
      .map(({ Action, Resource }) => [Action, Resource]);
  const queue = arn("sqs", "q");
  const next = arn("lambda", "function:next");
  expect(
    actions({ dead_letter_queue: queue, event_invoke_config: { on_success: next, on_failure: "arn:aws:s3:::lost" } }),
  ).toEqual([
    [["sqs:SendMessage"], [queue]],
    [["lambda:InvokeFunction"], [next]],
    [["s3:PutObject"], ["arn:aws:s3:::lost/*"]],
    [["s3:ListBucket"], ["arn:aws:s3:::lost"]],
  ]);
  const topic = arn("sns", "t");
  const bus = arn("events", "event-bus/b");
  expect(actions({ dead_letter_queue: topic, event_invoke_config: { on_success: bus } })).toEqual([
    [["sns:Publish"], [topic]],
    [["events:PutEvents"], [bus]],
  ]);
});

it("several functions have one statement for each purpose, without repeats", () => {
  const input = [s3("photos/in")];
  const two = rolePolicy([spec({ input }), spec({ name: "other", input })], AWS).Statement;
  expect(two.map(({ Sid, Resource }) => [Sid, Resource.length])).toEqual([
    ["WriteLogs", 2],
    ["ReadInputs", 1],
  ]);
});

it.each([
  ["us-east-1", "aws"],
  ["cn-northwest-1", "aws-cn"],
  ["us-gov-west-1", "aws-us-gov"],
  ["us-iso-east-1", "aws-iso"],
  ["us-isob-east-1", "aws-iso-b"],
  ["eusc-de-east-1", "aws-eusc"],
])("region %s is in %s", (region, partition) => {
  expect(partitionOf(region)).toBe(partition);
});

it("a role is only written where it is not as it should be", () => {
  const documents = { AssumeRolePolicyDocument: { a: 1 }, PolicyDocument: rolePolicy([spec({})], AWS) };
  const role = { arn: "arn", tags: {}, trust: { a: 1 } };
  const kinds = (...args: Parameters<typeof planRole>) => planRole(...args).map(({ kind }) => kind);
  expect(kinds(documents, undefined, undefined)).toEqual(["create-role", "put-policy"]);
  expect(kinds(documents, role, documents.PolicyDocument)).toEqual([]);
  expect(kinds(documents, { ...role, trust: { a: 2 } }, documents.PolicyDocument)).toEqual(["set-trust"]);
  expect(kinds(documents, role, undefined)).toEqual(["put-policy"]);
});
