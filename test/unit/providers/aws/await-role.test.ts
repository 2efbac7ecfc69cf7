import { describe, expect, it } from "vitest";
import { withRole } from "../../../../src/providers/aws/await-role.ts";
import { AwsError } from "../../../../src/providers/aws/errors.ts";
import type { ExecutionOptions } from "../../../../src/providers/aws/execute.ts";
import { TRUST_POLICY } from "../../../../src/providers/aws/plan/role-policy.ts";

const ROLE = "arn:aws:iam::123456789012:role/team/runner";
const UNTRUSTED = "The role defined for the function cannot be assumed by Lambda.";
const UNPERMITTED =
  "The provided execution role does not have permissions to call CreateNetworkInterface on EC2 (Service: …)";

const refusal = (message: string): AwsError =>
  new AwsError("InvalidParameterValueException", message, "lambda:CreateFunction", { status: 400 });

/** IAM as the caller sees it: a role, none, or a refusal to tell. */
function place(iam: { trust?: object; ageMs?: number } | "missing" | "denied") {
  const notices: string[] = [];
  const asked: unknown[] = [];
  const send = async ({ input }: { input: unknown }) => {
    asked.push(input);
    if (iam === "missing") throw new AwsError("NoSuchEntityException", "no", "iam:GetRole", { status: 404 });
    if (iam === "denied") throw new AwsError("AccessDenied", "no", "iam:GetRole", { status: 403 });
    const AssumeRolePolicyDocument = encodeURIComponent(JSON.stringify(iam.trust ?? TRUST_POLICY));
    return { Role: { Arn: ROLE, AssumeRolePolicyDocument, CreateDate: new Date(Date.now() - (iam.ageMs ?? 0)) } };
  };
  const options = {
    clients: { iam: async () => ({ send }) },
    signal: new AbortController().signal,
    notice: (text: string) => notices.push(text),
  } as unknown as ExecutionOptions;
  return { notices, asked, options };
}

/** Refuses so often, and then answers. */
function refusing(times: number, message: string) {
  let calls = 0;
  return async () => {
    if (calls++ < times) throw refusal(message);
    return { calls };
  };
}

describe("a role that Lambda refuses", () => {
  it("is asked for only then", async () => {
    const { asked, options } = place("denied");
    expect(await withRole(ROLE, refusing(0, UNTRUSTED), options)).toEqual({ calls: 1 });
    expect(asked).toEqual([]);
  });

  it.each([
    ["IAM shows that it trusts Lambda", {}, UNTRUSTED],
    ["IAM may not be asked", "denied", UNTRUSTED],
    ["it is new, and its policy may not have come through", {}, UNPERMITTED],
  ] as const)("is tried again where %s", async (_what, iam, message) => {
    const { notices, asked, options } = place(iam);
    expect(await withRole(ROLE, refusing(2, message), options)).toEqual({ calls: 3 });
    expect(notices).toEqual(["Lambda does not take role 'runner' yet: trying again for 30 s."]);
    expect(asked).toEqual([{ RoleName: "runner" }]);
  });

  it.each([
    ["there is none", "missing", UNTRUSTED, { code: "RoleNotFound" }],
    [
      "it trusts others",
      { trust: { Statement: { Effect: "Allow", Principal: { Service: ["ec2.amazonaws.com"] } } } },
      UNTRUSTED,
      { code: "RoleNotTrusting" },
    ],
    ["it is old and lacks a permission", { ageMs: 3_600_000 }, UNPERMITTED, { message: UNPERMITTED }],
  ] as const)("is an error at once where %s", async (_what, iam, message, error) => {
    const { notices, options } = place(iam);
    await expect(withRole(ROLE, refusing(9, message), options)).rejects.toMatchObject(error);
    expect(notices).toEqual([]);
  });

  it("other refusals are passed on as they are", async () => {
    const { asked, options } = place({});
    const other = refusal("Unzipped size must be smaller than 262144000 bytes");
    await expect(withRole(ROLE, () => Promise.reject(other), options)).rejects.toBe(other);
    expect(asked).toEqual([]);
  });
});
