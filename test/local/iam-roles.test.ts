import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  type CreateRoleCommandInput,
  CreateServiceLinkedRoleCommand,
  DeleteInstanceProfileCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetInstanceProfileCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListInstanceProfilesForRoleCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  paginateListRoles,
  RemoveRoleFromInstanceProfileCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";

const BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
const trust = (service: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  });
const permissions = (...actions: string[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] });

let local: TestLocal;
let iam: IAMClient;
beforeAll(async () => {
  local = await startTestLocal();
  iam = new IAMClient(clientConfig(local.server));
});
afterAll(() => local.stop());

const createRole = (RoleName: string, more: Partial<CreateRoleCommandInput> = {}) =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust("lambda.amazonaws.com"), ...more }));
const createPolicy = async (PolicyName: string): Promise<string> => {
  const command = new CreatePolicyCommand({ PolicyName, PolicyDocument: permissions("s3:GetObject") });
  return (await iam.send(command)).Policy!.Arn!;
};

describe("roles", () => {
  it("are made, read, changed and deleted", async () => {
    const { Role } = await createRole("worker", {
      Path: "/scar/",
      Description: "works",
      Tags: [{ Key: "a", Value: "1" }],
    });
    expect(Role).toMatchObject({
      RoleName: "worker",
      Arn: `arn:aws:iam::${local.server.accountId}:role/scar/worker`,
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
      MaxSessionDuration: 3600,
    });
    expect(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).toBe(trust("lambda.amazonaws.com"));
    await expect(createRole("Worker")).rejects.toMatchObject({ name: "EntityAlreadyExistsException" });

    await iam.send(new UpdateRoleCommand({ RoleName: "worker", MaxSessionDuration: 7200, Description: "rests" }));
    await iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: "worker", PolicyDocument: trust("batch.amazonaws.com") }),
    );
    await iam.send(new TagRoleCommand({ RoleName: "worker", Tags: [{ Key: "b", Value: "2" }] }));
    await iam.send(new UntagRoleCommand({ RoleName: "worker", TagKeys: ["a"] }));
    const changed = (await iam.send(new GetRoleCommand({ RoleName: "worker" }))).Role!;
    expect(changed).toMatchObject({ MaxSessionDuration: 7200, Description: "rests", Tags: [{ Key: "b", Value: "2" }] });
    expect(decodeURIComponent(changed.AssumeRolePolicyDocument!)).toContain("batch");
    const inherited = [{ Key: "__proto__", Value: "3" }];
    await iam.send(new TagRoleCommand({ RoleName: "worker", Tags: inherited }));
    expect((await iam.send(new ListRoleTagsCommand({ RoleName: "worker" }))).Tags).toEqual([
      { Key: "b", Value: "2" },
      ...inherited,
    ]);

    await iam.send(new DeleteRoleCommand({ RoleName: "worker" }));
    await expect(iam.send(new GetRoleCommand({ RoleName: "worker" }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
      message: "The role with name worker cannot be found.",
    });
  });

  it("come in pages, by path", async () => {
    for (const name of ["p3", "p1", "p2"]) await createRole(name, { Path: "/pages/" });
    const names: string[] = [];
    for await (const page of paginateListRoles({ client: iam, pageSize: 2 }, { PathPrefix: "/pages/" })) {
      expect(page.Roles!.length).toBeLessThanOrEqual(2);
      names.push(...page.Roles!.map(({ RoleName }) => RoleName!));
    }
    expect(names).toEqual(["p1", "p2", "p3"]);
  });

  it("outlive the server's death, with all that is theirs", async () => {
    await createRole("lasting");
    await iam.send(new AttachRolePolicyCommand({ RoleName: "lasting", PolicyArn: BASIC }));
    await iam.send(
      new PutRolePolicyCommand({ RoleName: "lasting", PolicyName: "own", PolicyDocument: permissions("s3:*") }),
    );
    await local.restart("killed");
    const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName: "lasting", PolicyName: "own" }));
    expect(decodeURIComponent(PolicyDocument!)).toBe(permissions("s3:*"));
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: "lasting" }));
    expect(AttachedPolicies).toEqual([{ PolicyName: "AWSLambdaBasicExecutionRole", PolicyArn: BASIC }]);
  });

  it("that are linked to services get AWS's names", async () => {
    const { Role } = await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: "batch.amazonaws.com" }));
    expect(Role).toMatchObject({
      RoleName: "AWSServiceRoleForBatch",
      Path: "/aws-service-role/batch.amazonaws.com/",
    });
    await expect(
      iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: "batch.amazonaws.com" })),
    ).rejects.toMatchObject({ name: "InvalidInputException" });
  });
});

describe("policies of a role", () => {
  it("keep it from being deleted", async () => {
    await createRole("kept");
    await iam.send(new AttachRolePolicyCommand({ RoleName: "kept", PolicyArn: BASIC }));
    await iam.send(
      new PutRolePolicyCommand({ RoleName: "kept", PolicyName: "own", PolicyDocument: permissions("s3:*") }),
    );
    const remove = () => iam.send(new DeleteRoleCommand({ RoleName: "kept" }));
    await expect(remove()).rejects.toMatchObject({ name: "DeleteConflictException" });
    await iam.send(new DetachRolePolicyCommand({ RoleName: "kept", PolicyArn: BASIC }));
    await expect(remove()).rejects.toMatchObject({
      name: "DeleteConflictException",
      message: "Cannot delete entity, must delete policies first.",
    });
    await iam.send(new DeleteRolePolicyCommand({ RoleName: "kept", PolicyName: "own" }));
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName: "kept" }))).PolicyNames).toEqual([]);
    await remove();
  });

  it("that are managed have versions", async () => {
    const PolicyArn = await createPolicy("versioned");
    const get = async () => (await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy!;
    expect(await get()).toMatchObject({ DefaultVersionId: "v1", AttachmentCount: 0, IsAttachable: true });
    const PolicyDocument = permissions("s3:PutObject", "s3:Get*");
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
    expect((await get()).DefaultVersionId).toBe("v2");
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v2" }));
    expect(decodeURIComponent(PolicyVersion!.Document!)).toBe(PolicyDocument);
    expect(PolicyVersion!.Document).not.toContain("*");
    for (let n = 3; n <= 5; n++) await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument }));
    await expect(iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument }))).rejects.toMatchObject({
      name: "LimitExceededException",
    });
    await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({
      name: "DeleteConflictException",
    });
    for (const VersionId of ["v1", "v3", "v4", "v5"])
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    expect(Versions).toMatchObject([{ VersionId: "v2", IsDefaultVersion: true }]);
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
    await expect(get()).rejects.toMatchObject({ name: "NoSuchEntityException" });
  });

  it("that are managed count who has them", async () => {
    const PolicyArn = await createPolicy("counted");
    await createRole("counting");
    await iam.send(new AttachRolePolicyCommand({ RoleName: "counting", PolicyArn }));
    const { Policies } = await iam.send(new ListPoliciesCommand({ Scope: "Local", OnlyAttached: true }));
    expect(Policies).toMatchObject([{ Arn: PolicyArn, AttachmentCount: 1 }]);
    const { PolicyRoles } = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }));
    expect(PolicyRoles).toMatchObject([{ RoleName: "counting" }]);
    const ofAws = { PolicyArn: "arn:aws:iam::aws:policy/AmazonSQSFullAccess" };
    await iam.send(new AttachRolePolicyCommand({ RoleName: "counting", ...ofAws }));
    const { PolicyRoles: having } = await iam.send(new ListEntitiesForPolicyCommand(ofAws));
    expect(having).toMatchObject([{ RoleName: "counting" }]);
    await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({
      name: "DeleteConflictException",
    });
  });

  it("that are AWS's can be read", async () => {
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: BASIC }));
    expect(Policy).toMatchObject({ PolicyName: "AWSLambdaBasicExecutionRole", Path: "/service-role/" });
    const command = new GetPolicyVersionCommand({ PolicyArn: BASIC, VersionId: Policy!.DefaultVersionId! });
    const { PolicyVersion } = await iam.send(command);
    expect(decodeURIComponent(PolicyVersion!.Document!)).toContain("logs:PutLogEvents");
  });
});

it("instance profiles hold one role", async () => {
  const InstanceProfileName = "machines";
  await createRole("machine", { AssumeRolePolicyDocument: trust("ec2.amazonaws.com") });
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: "machine" }));
  const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName }));
  expect(InstanceProfile!.Roles).toMatchObject([{ RoleName: "machine" }]);
  await expect(
    iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: "machine" })),
  ).rejects.toMatchObject({ name: "LimitExceededException" });
  const { InstanceProfiles } = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: "machine" }));
  expect(InstanceProfiles!.map((profile) => profile.InstanceProfileName)).toEqual([InstanceProfileName]);
  for (const command of [
    new DeleteRoleCommand({ RoleName: "machine" }),
    new DeleteInstanceProfileCommand({ InstanceProfileName }),
  ]) {
    await expect(iam.send(command as DeleteRoleCommand)).rejects.toMatchObject({ name: "DeleteConflictException" });
  }
  await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: "machine" }));
  await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
});

it("what policies would allow can be simulated", async () => {
  const Arn = (await createRole("simulated")).Role!.Arn!;
  const statements = [
    { Effect: "Allow", Action: "s3:Get*", Resource: "arn:aws:s3:::data/*" },
    { Effect: "Allow", Action: "s3:ListBucket", Resource: "*", Condition: { StringLike: { "s3:prefix": "in/*" } } },
    { Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::data/secret" },
  ];
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  await iam.send(new PutRolePolicyCommand({ RoleName: "simulated", PolicyName: "own", PolicyDocument }));
  const ask = async (ActionNames: string[], ResourceArns: string[], prefix?: string) => {
    const entry = { ContextKeyName: "s3:prefix", ContextKeyValues: [prefix!], ContextKeyType: "string" as const };
    const input = { ActionNames, ResourceArns, ...(prefix !== undefined && { ContextEntries: [entry] }) };
    const own = await iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn: Arn, ...input }));
    const custom = await iam.send(new SimulateCustomPolicyCommand({ PolicyInputList: [PolicyDocument], ...input }));
    expect(own.EvaluationResults).toEqual(custom.EvaluationResults);
    return own.EvaluationResults!.map(({ EvalDecision, MissingContextValues }) => [
      EvalDecision,
      ...MissingContextValues!,
    ]);
  };
  expect(await ask(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::data/x", "arn:aws:s3:::data/secret"])).toEqual([
    ["allowed"],
    ["explicitDeny"],
    ["implicitDeny"],
    ["explicitDeny"],
  ]);
  expect(await ask(["s3:ListBucket"], ["arn:aws:s3:::data"])).toEqual([["implicitDeny", "s3:prefix"]]);
  expect(await ask(["s3:ListBucket"], ["arn:aws:s3:::data"], "in/x")).toEqual([["allowed"]]);
  // A hundred million pairs, of which one page is looked at.
  const many = (item: string): string[] => Array.from({ length: 10_000 }, () => item);
  expect(await ask(many("s3:PutObject"), many("arn:aws:s3:::data/x"))).toHaveLength(100);
});

describe("what AWS refuses is refused", () => {
  const statement = (fields: object) => JSON.stringify({ Version: "2012-10-17", Statement: [fields] });
  const allow = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
  it.each([
    ["no JSON", "{", "This policy contains invalid Json"],
    ["no statements", '{"Version":"2012-10-17"}', "Syntax errors in policy."],
    ["another version", '{"Version":"2020-01-01","Statement":[]}', "Syntax errors in policy."],
    ["a field that is none", statement({ ...allow, Effects: 1 }), "Syntax errors in policy."],
    ["no action", statement({ Effect: "Allow", Resource: "*" }), "Policy statement must contain actions."],
    ["no resource", statement({ Effect: "Allow", Action: "s3:*" }), "Policy statement must contain resources."],
    ["a principal", statement({ ...allow, Principal: "*" }), "Policy document should not specify a principal."],
    ["a resource that is no ARN", statement({ ...allow, Resource: "bucket" }), /must be in ARN format/],
    ["an action without a service", statement({ ...allow, Action: "GetObject" }), /must be prefaced by a vendor/],
  ])("a policy with %s", async (_, PolicyDocument, message) => {
    await expect(iam.send(new CreatePolicyCommand({ PolicyName: "bad", PolicyDocument }))).rejects.toMatchObject({
      name: "MalformedPolicyDocumentException",
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
  });

  it.each([
    [
      "that names a resource",
      statement({ ...allow, Principal: "*", Action: "sts:AssumeRole" }),
      "Has prohibited field Resource",
    ],
    ["for nobody", statement({ Effect: "Allow", Action: "sts:AssumeRole" }), "Missing required field Principal"],
  ])("a trust policy %s", async (_, AssumeRolePolicyDocument, message) => {
    await expect(createRole("bad", { AssumeRolePolicyDocument })).rejects.toMatchObject({
      name: "MalformedPolicyDocumentException",
      message,
    });
  });

  it("names, sizes and what is not there", async () => {
    await expect(createRole("with space")).rejects.toMatchObject({ name: "ValidationError" });
    await expect(createRole("x".repeat(65))).rejects.toMatchObject({ name: "ValidationError" });
    await createRole("limited");
    const attach = (PolicyArn: string) => iam.send(new AttachRolePolicyCommand({ RoleName: "limited", PolicyArn }));
    await expect(attach(`arn:aws:iam::${local.server.accountId}:policy/none`)).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
    for (let n = 0; n < 10; n++) await attach(await createPolicy(`many-${n}`));
    await expect(attach(BASIC)).rejects.toMatchObject({ name: "LimitExceededException" });
    const PolicyDocument = permissions(`s3:${"Get".repeat(4_000)}`);
    await expect(
      iam.send(new PutRolePolicyCommand({ RoleName: "limited", PolicyName: "huge", PolicyDocument })),
    ).rejects.toMatchObject({ name: "LimitExceededException" });
  });
});
