import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Deployer } from "../../../src/local/lambda/control/deployer.ts";
import { FunctionStore } from "../../../src/local/lambda/control/function-store.ts";
import { LayerStore } from "../../../src/local/lambda/control/layer-store.ts";
import { readSettings } from "../../../src/local/lambda/control/validate.ts";
import type { FunctionRecord } from "../../../src/local/lambda/model.ts";

it("a function that the disk does not take fails, and the server goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "scar-deployer-"));
  const functions = new FunctionStore(join(folder, "functions"));
  const place = { region: "us-east-1", accountId: "000000000000" };
  const layers = new LayerStore(join(folder, "layers"), place);
  const deployer = new Deployer({ functions, layers, retire: async () => {}, ready: () => {} });
  const role = "arn:aws:iam::000000000000:role/r";
  const settings = readSettings({ Runtime: "provided.al2023", Handler: "h", Role: role }, () => undefined);
  const code = { CodeSha256: "", CodeSize: 0 };
  const record: FunctionRecord = {
    ...settings,
    ...code,
    FunctionName: "f",
    FunctionArn: "arn",
    Architecture: "x86_64",
    LastModified: "",
    RevisionId: "",
    State: "Pending",
    LastUpdateStatus: "Successful",
    Tags: {},
    Policy: [],
    deployment: "",
    generation: "",
  };
  const begun = deployer.begin(record, settings, code, "one");
  await begun;
  // Neither its files nor its record can be written from now on. What is thrown behind its back would fail the run.
  rmSync(join(folder, "functions/f"), { recursive: true });
  writeFileSync(join(folder, "functions/f"), "");
  await expect.poll(() => functions.get("f")?.State).toBe("Failed");
  await deployer.close();
  rmSync(folder, { recursive: true });
});
