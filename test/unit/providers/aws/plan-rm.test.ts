import { describe, expect, it } from "vitest";
import { encodeFdlVariable } from "../../../../src/fdl/contract.ts";
import { checkRm, planRm } from "../../../../src/providers/aws/plan/rm.ts";
import { isThere, type RmTarget, readRmState } from "../../../../src/providers/aws/plan/rm-state.ts";
import type { Plan } from "../../../../src/providers/aws/plan/steps.ts";
import { type Account, arnOf, bucketHere, OWNER, remoteOf, specOf } from "./memory-remote.ts";

async function plan(targets: readonly RmTarget[], account: Account): Promise<Plan> {
  const states = await readRmState(targets, remoteOf(account));
  checkRm(states);
  return planRm(states.filter(isThere));
}

const tags = { createdby: "scar", owner: OWNER };
const notifying = (...names: string[]) => ({
  LambdaFunctionConfigurations: names.map((name) => ({
    LambdaFunctionArn: arnOf(name),
    Events: ["s3:ObjectCreated:*" as const],
  })),
});

describe("planRm", () => {
  it("finds the buckets by the function's policy, its FDL and the file's FDL", async () => {
    const fdl = encodeFdlVariable(specOf("grey", { input: ["two/in"] }).lambda);
    const found = await plan([{ functionName: "grey", lambda: specOf("grey", { input: ["three/in"] }).lambda }], {
      functions: { grey: { tags, variables: { FDL: fdl } } },
      permissions: { grey: [{ statementId: "x", bucket: "one" }] },
      buckets: { one: bucketHere, two: bucketHere, three: bucketHere },
      notifications: { one: notifying("grey"), two: notifying("grey"), three: notifying("other") },
      logGroups: { "/aws/lambda/grey": tags },
    });
    expect(found).toEqual([
      [
        { kind: "change-notifications", change: { bucket: "two", functionArns: [arnOf("grey")], triggers: [] } },
        { kind: "change-notifications", change: { bucket: "one", functionArns: [arnOf("grey")], triggers: [] } },
      ],
      [{ kind: "delete-function", functionName: "grey" }],
      [{ kind: "delete-log-group", functionName: "grey", group: "/aws/lambda/grey" }],
    ]);
  });

  it("writes a bucket's notifications once for several functions", async () => {
    const found = await plan([{ functionName: "a" }, { functionName: "b" }], {
      functions: { a: { tags }, b: { tags } },
      permissions: { a: [{ statementId: "x", bucket: "photos" }], b: [{ statementId: "y", bucket: "photos" }] },
      buckets: { photos: bucketHere },
      notifications: { photos: notifying("a", "b") },
    });
    expect(found[0]).toHaveLength(1);
  });

  it("leaves a log group that is not tagged as ours", async () => {
    const found = await plan([{ functionName: "grey" }], {
      functions: { grey: { tags } },
      logGroups: { "/aws/lambda/grey": { team: "a" } },
    });
    expect(found.flat().map((step) => step.kind)).toEqual(["delete-function"]);
  });

  it("removes what is left when the function is gone, its bucket too", async () => {
    const found = await plan([{ functionName: "grey", lambda: specOf("grey", { input: ["gone/in"] }).lambda }], {
      logGroups: { "/aws/lambda/grey": tags },
    });
    expect(found.flat().map((step) => step.kind)).toEqual(["delete-log-group"]);
  });

  it("removes packages that the function's FDL names, or that carry its name; nothing else of that key", async () => {
    const deployment = (bucket: string) => ({ bucket, max_payload_size: 1, max_s3_payload_size: 1 });
    const variables = { FDL: encodeFdlVariable(specOf("grey", { deployment: deployment("old") }).lambda) };
    const target = { functionName: "grey", lambda: specOf("grey", { deployment: deployment("new") }).lambda };
    const packages = async (account: Account) =>
      (await plan([target], account)).flat().flatMap((step) => (step.kind === "delete-package" ? step.bucket : []));
    const functions = { grey: { tags, variables } };
    const unmarked = { "old/lambda/grey.zip": "", "new/lambda/grey.zip": "" };
    expect(await packages({ functions, packages: unmarked })).toEqual(["old"]);
    expect(await packages({ functions, packages: { "new/lambda/grey.zip": "grey" } })).toEqual(["new"]);
    expect(await packages({ packages: { ...unmarked, "new/lambda/grey.zip": "grey" } })).toEqual(["new"]);
    expect(await packages({ packages: { "new/lambda/grey.zip": "other" } })).toEqual([]);
  });

  it("refuses a function that others made", async () => {
    const account = { functions: { theirs: { tags: { createdby: "sam" }, variables: { A: "1" } } } };
    await expect(plan([{ functionName: "theirs" }], account)).rejects.toThrow("was not created by scar");
  });

  it("takes a function of the original by its FDL", async () => {
    const variables = { FDL: encodeFdlVariable(specOf("old").lambda) };
    await expect(plan([{ functionName: "old" }], { functions: { old: { variables } } })).resolves.toHaveLength(1);
  });

  it.each([
    ["Batch", { FDL: encodeFdlVariable(specOf("x", { execution_mode: "batch" }).lambda) }],
    ["ECR", { FDL: encodeFdlVariable(specOf("x", { runtime: "image" }).lambda) }],
  ])("refuses a function with parts in %s before anything is removed", async (what, variables) => {
    await expect(plan([{ functionName: "x" }], { functions: { x: { tags, variables } } })).rejects.toThrow(what);
  });

  it("finds nothing of a function that never was", async () => {
    const [state] = await readRmState([{ functionName: "nope" }], remoteOf({}));
    expect(isThere(state!)).toBe(false);
  });
});
