import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPolicy } from "../../../../src/local/iam/policy/document.ts";
import { type Decision, evaluate, trusts } from "../../../../src/local/iam/policy/evaluate.ts";
import { permissionsOf } from "../../../../src/local/iam/s3-actions.ts";
import { AwsError } from "../../../../src/local/service.ts";

type Keys = Readonly<Record<string, readonly string[]>>;

const policy = (statements: object | readonly object[], Version = "2012-10-17") =>
  JSON.stringify({ Version, Statement: statements });

function decide(statements: object | readonly object[], action: string, resource: string, keys: Keys = {}): Decision {
  return evaluate(readPolicy(policy(statements), "identity"), { action, resource, lookup: (key) => keys[key] });
}

const allow = { Effect: "Allow", Action: "s3:*", Resource: "*" };
const OBJECT = "arn:aws:s3:::data/in/a?b*c";

describe("actions and resources", () => {
  it.each([
    ["s3:GetObject", OBJECT, "allowed"],
    ["S3:getobject", OBJECT, "allowed"],
    ["s3:Get*", OBJECT, "allowed"],
    ["s3:GetObjec?", "*", "allowed"],
    ["*", "arn:aws:s3:::data/*", "allowed"],
    [["s3:Put*", "s3:Get*"], ["arn:aws:s3:::other/*", "arn:aws:s3:::da??/in/*"], "allowed"],
    ["s3:Put*", "*", "implicitDeny"],
    ["s3:GetObject", "arn:aws:s3:::data", "implicitDeny"],
    ["s3:GetObject", "arn:aws:s3:::Data/*", "implicitDeny"],
  ])("%j on %j", (Action, Resource, expected) => {
    expect(decide({ Effect: "Allow", Action, Resource }, "s3:GetObject", OBJECT)).toBe(expected);
  });

  it("that are excepted", () => {
    const statement = { Effect: "Allow", NotAction: "s3:Delete*", NotResource: "arn:aws:s3:::secret/*" };
    expect(decide(statement, "s3:GetObject", OBJECT)).toBe("allowed");
    expect(decide(statement, "s3:DeleteObject", OBJECT)).toBe("implicitDeny");
    expect(decide(statement, "s3:GetObject", "arn:aws:s3:::secret/x")).toBe("implicitDeny");
  });

  it("with variables, which older documents do not know", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM writes its variables so.
    const Resource = "arn:aws:s3:::data/${aws:userid}/${aws:PrincipalTag/team, 'none'}/${*}";
    const statement = { ...allow, Resource };
    const keys = { "aws:userid": ["a*c"], "aws:PrincipalTag/team": [] };
    expect(decide(statement, "s3:GetObject", "arn:aws:s3:::data/a*c/none/*", keys)).toBe("allowed");
    expect(decide(statement, "s3:GetObject", "arn:aws:s3:::data/abc/none/*", keys)).toBe("implicitDeny");
    expect(decide(statement, "s3:GetObject", "arn:aws:s3:::data/a*c/none/*", {})).toBe("undecided");
    const old = readPolicy(policy(statement, "2008-10-17"), "identity");
    const access = { action: "s3:GetObject", resource: Resource, lookup: () => undefined };
    expect(evaluate(old, access)).toBe("allowed");
  });
});

it("an explicit deny wins; a doubtful one leaves it open", () => {
  const deny = { Effect: "Deny", Action: "s3:PutObject", Resource: "*" };
  const doubtful = { ...deny, Condition: { StringEquals: { "aws:unknown": "x" } } };
  expect(decide([allow, deny], "s3:PutObject", OBJECT)).toBe("explicitDeny");
  expect(decide([allow, deny], "s3:GetObject", OBJECT)).toBe("allowed");
  expect(decide([allow, doubtful], "s3:PutObject", OBJECT)).toBe("undecided");
  expect(decide([doubtful], "s3:PutObject", OBJECT)).toBe("implicitDeny");
});

describe("conditions", () => {
  const keys: Keys = {
    "s3:prefix": ["in/x"],
    "s3:max-keys": ["10"],
    "aws:SecureTransport": ["true"],
    "aws:CurrentTime": ["2026-11-21T12:00:00Z"],
    "aws:PrincipalArn": ["arn:aws:iam::000000000000:role/r"],
    "s3:list": ["a", "b"],
    "s3:none": [],
  };
  it.each([
    [{ StringEquals: { "s3:prefix": ["out/x", "in/x"] } }, "allowed"],
    [{ StringEquals: { "s3:prefix": "in/*" } }, "implicitDeny"],
    [{ StringEqualsIgnoreCase: { "s3:prefix": "IN/X" } }, "allowed"],
    [{ StringLike: { "s3:prefix": "in/*" } }, "allowed"],
    [{ StringNotLike: { "s3:prefix": ["in/*", "y"] } }, "implicitDeny"],
    [{ StringNotEquals: { "s3:none": "x" } }, "allowed"],
    [{ StringEquals: { "s3:none": "x" } }, "implicitDeny"],
    [{ StringEqualsIfExists: { "s3:none": "x" } }, "allowed"],
    [{ Null: { "s3:none": "true", "s3:prefix": "false" } }, "allowed"],
    [{ NumericLessThanEquals: { "s3:max-keys": 10 } }, "allowed"],
    [{ NumericGreaterThan: { "s3:max-keys": "10" } }, "implicitDeny"],
    [{ Bool: { "aws:SecureTransport": true } }, "allowed"],
    [{ DateLessThan: { "aws:CurrentTime": "2027-01-01T00:00:00Z" } }, "allowed"],
    [{ DateGreaterThan: { "aws:CurrentTime": "1924905600" } }, "implicitDeny"],
    [{ ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/*" } }, "allowed"],
    [{ "ForAnyValue:StringEquals": { "s3:list": ["b", "c"] } }, "allowed"],
    [{ "ForAllValues:StringEquals": { "s3:list": ["b", "c"] } }, "implicitDeny"],
    [{ "ForAllValues:StringEquals": { "s3:none": "x" } }, "allowed"],
    [{ IpAddress: { "s3:prefix": "10.0.0.0/8" } }, "undecided"],
    [{ StringEquals: { "aws:SourceVpc": "vpc-1" } }, "undecided"],
    [{ StringEquals: { "aws:SourceVpc": "vpc-1", "s3:prefix": "out" } }, "implicitDeny"],
  ] as const)("%j", (Condition, expected) => {
    expect(decide({ ...allow, Condition }, "s3:ListBucket", "arn:aws:s3:::data", keys)).toBe(expected);
  });
});

it("a trust policy trusts whom it names", () => {
  const user = { arn: "arn:aws:iam::000000000000:user/local", accountId: "000000000000" };
  const trust = (Principal: unknown, Effect = "Allow") =>
    readPolicy(policy({ Effect, Principal, Action: "sts:AssumeRole" }), "trust");
  expect(trusts(trust({ AWS: "000000000000" }), "sts:AssumeRole", user)).toBe(true);
  expect(trusts(trust({ AWS: [user.arn, "x"] }), "sts:AssumeRole", user)).toBe(true);
  const session = {
    ...user,
    arn: "arn:aws:sts::000000000000:assumed-role/r/s",
    roleArn: "arn:aws:iam::000000000000:role/r",
  };
  expect(trusts(trust({ AWS: session.roleArn }), "sts:AssumeRole", session)).toBe(true);
  expect(trusts(trust({ AWS: session.roleArn }), "sts:AssumeRole", user)).toBe(false);
  expect(trusts(trust("*"), "sts:AssumeRole", { service: "lambda.amazonaws.com" })).toBe(true);
  expect(trusts(trust({ Service: "ec2.amazonaws.com" }), "sts:AssumeRole", { service: "lambda.amazonaws.com" })).toBe(
    false,
  );
  expect(trusts(trust({ AWS: "*" }, "Deny"), "sts:AssumeRole", user)).toBe(false);
});

it("S3's operations need the permissions that AWS names", () => {
  expect(permissionsOf("HeadObject", "b", "k/ñ", undefined)).toEqual([
    { action: "s3:GetObject", bucket: "b", resource: "arn:aws:s3:::b/k/ñ" },
  ]);
  expect(permissionsOf("ListObjectsV2", "b", "", undefined)).toEqual([
    { action: "s3:ListBucket", bucket: "b", resource: "arn:aws:s3:::b" },
  ]);
  expect(permissionsOf("ListBuckets", "", "", undefined)[0]!.resource).toBe("arn:aws:s3:::*");
  expect(permissionsOf("CopyObject", "b", "k", "from/what%3Fversion%2Fno?versionId=1")[1]!.resource).toBe(
    "arn:aws:s3:::from/what?version/no",
  );
  expect(permissionsOf("CopyObject", "b", "k", "from/%zz")).toHaveLength(1);
  expect(permissionsOf("CopyObject", "b", "k", "/from/a%20b?versionId=1")).toEqual([
    { action: "s3:PutObject", bucket: "b", resource: "arn:aws:s3:::b/k" },
    { action: "s3:GetObject", bucket: "from", resource: "arn:aws:s3:::from/a b" },
  ]);
});

describe("whatever is given", () => {
  it("a document is read, or refused as IAM does", () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom("Allow", "Deny", "*", "s3:Get*", "arn:aws:s3:::b/*"));
    const statement = fc.dictionary(
      fc.constantFrom("Effect", "Action", "NotAction", "Resource", "Principal", "Condition", "Sid", "x"),
      fc.oneof(piece, fc.array(piece, { maxLength: 2 }), fc.json()),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.array(statement, { maxLength: 3 }).map((list) => policy(list)),
        ),
        fc.constantFrom("identity" as const, "trust" as const),
        (text, kind) => {
          try {
            evaluate(readPolicy(text, kind), { action: "s3:GetObject", resource: OBJECT, lookup: () => undefined });
          } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            expect(error.code).toBe("MalformedPolicyDocument");
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("the order of statements does not matter, and more denials allow no more", () => {
    const actions = ["s3:GetObject", "s3:PutObject", "s3:*", "*"];
    const statement = fc.record({
      Effect: fc.constantFrom("Allow", "Deny"),
      Action: fc.constantFrom(...actions),
      Resource: fc.constantFrom("*", "arn:aws:s3:::data/*", "arn:aws:s3:::other/*"),
    });
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 6 }), (statements) => {
        const decision = decide(statements, "s3:GetObject", OBJECT);
        expect(decide(statements.toReversed(), "s3:GetObject", OBJECT)).toBe(decision);
        const applies = statements.filter(
          ({ Action, Resource }) => Action !== "s3:PutObject" && Resource !== "arn:aws:s3:::other/*",
        );
        const effects = applies.map(({ Effect }) => Effect);
        const expected = effects.includes("Deny") ? "explicitDeny" : effects.length > 0 ? "allowed" : "implicitDeny";
        expect(decision).toBe(expected);
      }),
    );
  });
});
