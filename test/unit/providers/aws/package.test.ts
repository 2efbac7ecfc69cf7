import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { decodeFdlVariable, decodeFunctionConfig, encodeFdlVariable } from "../../../../src/fdl/contract.ts";
import type { FunctionSpec } from "../../../../src/fdl/spec.ts";
import { requireFiles } from "../../../../src/providers/aws/package/files.ts";
import { packageFunction } from "../../../../src/providers/aws/package/function.ts";
import { packageLayer } from "../../../../src/providers/aws/package/layer.ts";
import { supervisorVersion } from "../../../../src/providers/aws/package/layer-release.ts";
import { checkEnvironmentSize, checkPackageSize } from "../../../../src/providers/aws/package/limits.ts";
import { defineFunction } from "../../../../src/providers/aws/plan/definition.ts";
import { zipContents } from "../../../helpers/zip-contents.ts";
import { ACCOUNT_ID, layerPackage, OWNER, REGION, specOf } from "./memory-remote.ts";

const root = mkdtempSync(join(tmpdir(), "scar-package-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const script = join(root, "scripts", "grey.sh");
mkdirSync(join(root, "scripts"));
writeFileSync(script, "#!/bin/sh\n");
chmodSync(script, 0o755);

const withScript = (spec: FunctionSpec): FunctionSpec => ({
  ...spec,
  lambda: { ...spec.lambda, init_script: "scripts/grey.sh", run_script: "scripts/run.sh" },
  storage_providers: { minio: { mine: { secret_key: "s3cr3t" } } },
  files: { init_script: script, run_script: join(root, "scripts", "run.sh") },
});

describe("packageFunction", () => {
  it("holds the handler, the configuration with the script's bare name, and the script", async () => {
    const { zip } = await packageFunction(withScript(specOf("grey")), {
      owner: OWNER,
      workspace: root,
      layer: layerPackage,
    });
    const files = await zipContents(zip.path);
    expect([...files.keys()]).toEqual(["function_config.yaml", "grey.mjs", "grey.sh"]);
    expect(files.get("grey.mjs")).toBe(
      'export { handler as lambda_handler } from "/opt/scar-supervisor/handler.mjs";\n',
    );
    const config = decodeFunctionConfig(files.get("function_config.yaml")!);
    expect(config.init_script).toBe("grey.sh");
    expect(config.run_script).toBe("run.sh");
    expect(config["tags"]).toEqual({ createdby: "scar", owner: OWNER });
    expect(config.storage_providers).toEqual({ minio: { mine: { secret_key: "s3cr3t" } } });
    expect(config.supervisor.version).not.toBe("latest");
  });

  it("keeps storage credentials out of the environment", async () => {
    const built = await packageFunction(withScript(specOf("grey")), {
      owner: OWNER,
      workspace: root,
      layer: layerPackage,
    });
    const identity = { accountId: ACCOUNT_ID, partition: "aws", owner: OWNER };
    const { variables } = defineFunction(built, identity, REGION, layerPackage);
    const decoded = Object.values(variables).map((value) => value + Buffer.from(value, "base64").toString());
    expect(decoded.join()).not.toContain("s3cr3t");
    expect(decodeFdlVariable(variables["FDL"])).toMatchObject({ name: "grey", init_script: "grey.sh" });
    expect(variables["IMAGE_ID"]).toBe("example/tool:1");
  });
});

describe("packageLayer", () => {
  const dist = join(root, "dist");
  const bundle = (text: string): void => {
    mkdirSync(join(dist, "supervisor"), { recursive: true });
    writeFileSync(join(dist, "supervisor", "handler.mjs"), text);
  };

  it("is named by release and content", async () => {
    bundle("one");
    const first = await packageLayer(dist, "scar-supervisor", join(root, "layer.zip"));
    bundle("two");
    const second = await packageLayer(dist, "scar-supervisor", join(root, "layer.zip"));
    bundle("one");
    expect((await packageLayer(dist, "scar-supervisor", join(root, "layer.zip"))).description).toBe(first.description);
    expect(second.description).not.toBe(first.description);
    expect(first.description.length).toBeLessThanOrEqual(256);
    expect(supervisorVersion(first.description)).toMatch(/^\d+\.\d+/);
    expect([...(await zipContents((await first.zip()).path)).keys()]).toEqual(["scar-supervisor/handler.mjs"]);
  });

  it("says what is missing when scar was not built", async () => {
    await expect(packageLayer(join(root, "nowhere"), "scar-supervisor", join(root, "layer.zip"))).rejects.toThrow(
      "the supervisor's bundle is not at",
    );
  });
});

describe("requireFiles", () => {
  it("names every file that is missing, of all functions", async () => {
    const one = { ...specOf("one"), files: { init_script: join(root, "no.sh"), image_file: join(root, "no.tar") } };
    const two = { ...specOf("two"), files: { init_script: root } };
    await expect(requireFiles([one, two])).rejects.toThrow(
      [
        `init script '${join(root, "no.sh")}' of function 'one' does not exist`,
        `image file '${join(root, "no.tar")}' of function 'one' does not exist`,
        `init script '${root}' of function 'two' is a folder`,
      ].join("\n"),
    );
  });
});

describe("limits", () => {
  const limits = { direct: 100, unpacked: 1_000 };
  const sized = (size: number, unpackedSize: number, deploymentBucket?: string) => ({
    functionName: "grey",
    zip: { path: "", size, unpackedSize, sha256: "" },
    imageSize: 50,
    deploymentBucket,
  });

  it("takes what is just small enough", () => {
    expect(() => checkPackageSize(sized(100, 900), 100, limits)).not.toThrow();
    expect(() => checkPackageSize(sized(101, 900, "bucket"), 100, limits)).not.toThrow();
  });

  it("names the way out of a request that is too large, and of a package that is", () => {
    expect(() => checkPackageSize(sized(101, 200), 0, limits)).toThrow("a request may carry");
    expect(() => checkPackageSize(sized(100, 901), 100, limits)).toThrow(
      "(the image 50 bytes, the supervisor's layer 100 bytes); Lambda allows 1000 bytes",
    );
    expect(() => checkPackageSize(sized(101, 1_001, "bucket"), 0, limits)).toThrow("unpacked");
  });

  it("refuses an environment above 4 KB, its FDL included", () => {
    const big = specOf("grey", { environment: { Variables: { A: "x".repeat(2_000) } } });
    expect(() => checkEnvironmentSize("grey", { A: "x".repeat(2_000), FDL: encodeFdlVariable(big.lambda) })).toThrow(
      "Lambda allows 4096",
    );
    expect(() => checkEnvironmentSize("grey", { FDL: encodeFdlVariable(specOf("grey").lambda) })).not.toThrow();
  });
});
