import { describe, expect, it } from "vitest";
import type { FunctionSpec } from "../../../../src/fdl/spec.ts";
import {
  parseS3Path,
  refuseLoops,
  refuseOverlappingInputs,
  requireServedInputs,
} from "../../../../src/providers/aws/plan/storage.ts";
import { specOf } from "./memory-remote.ts";

function withInput(spec: FunctionSpec, location: { path: string; prefix?: string[]; suffix?: string[] }): FunctionSpec {
  return { ...spec, lambda: { ...spec.lambda, input: [{ storage_provider: "s3", ...location }] } };
}

describe("parseS3Path", () => {
  it.each([
    ["photos", { bucket: "photos", folder: "" }],
    ["photos/", { bucket: "photos", folder: "" }],
    ["photos/in", { bucket: "photos", folder: "in/" }],
    ["/photos/in//deep/", { bucket: "photos", folder: "in/deep/" }],
  ])("%s", (path, expected) => expect(parseS3Path(path)).toEqual(expected));
});

describe("refuseLoops", () => {
  it.each([
    ["its own input", [specOf("a", { input: ["b/in"], output: ["b/in"] })], "'a' → 'a'"],
    ["a folder of its input", [specOf("a", { input: ["b/in"], output: ["b/in/done"] })], "'a' → 'a'"],
    ["its whole bucket", [specOf("a", { input: ["b"], output: ["b/out"] })], "'a' → 'a'"],
    [
      "the input of a function before it",
      [
        specOf("a", { input: ["b/1"], output: ["b/2"] }),
        specOf("b", { input: ["b/2"], output: ["c/3"] }),
        specOf("c", { input: ["c/3"], output: ["b/1"] }),
      ],
      "'a' → 'b' → 'c' → 'a'",
    ],
  ])("names the cycle of a function that writes to %s", (_, specs, cycle) => {
    expect(() => refuseLoops(specs)).toThrow(cycle);
  });

  it("lets a function write beside its input what does not start it", () => {
    const spec = withInput(specOf("a", { output: ["b/in"] }), { path: "b/in", suffix: [".png"] });
    const writing = (suffix: string[]) => {
      const output = [{ storage_provider: "s3", path: "b/in", suffix }];
      return [{ ...spec, lambda: { ...spec.lambda, output } }];
    };
    expect(() => refuseLoops(writing([".txt"]))).not.toThrow();
    expect(() => refuseLoops(writing([".txt", "g"]))).toThrow("'a' → 'a'");
    expect(() => refuseLoops([spec])).toThrow("'a' → 'a'");
  });

  it.each([
    ["another folder", [specOf("a", { input: ["b/in"], output: ["b/out"] })]],
    ["a folder that begins alike", [specOf("a", { input: ["b/in"], output: ["b/inner"] })]],
    ["the same folder of another bucket", [specOf("a", { input: ["b/in"], output: ["c/in"] })]],
    ["the next function alone", [specOf("a", { input: ["b/1"], output: ["b/2"] }), specOf("b", { input: ["b/2"] })]],
  ])("lets a function write to %s", (_, specs) => expect(() => refuseLoops(specs)).not.toThrow());
});

describe("refuseOverlappingInputs", () => {
  it.each([
    ["of one function", [specOf("a", { input: ["b/in", "b/in/deep"] })]],
    ["of two functions", [specOf("a", { input: ["b/in"] }), specOf("b", { input: ["b"] })]],
  ])("%s", (_, specs) =>
    expect(() => refuseOverlappingInputs(specs)).toThrow("inputs overlap: 'b/in/' of function 'a'"),
  );

  it("takes a folder of two functions whose suffixes differ, and refuses one suffix in another", () => {
    const into = (name: string, lists: object) => withInput(specOf(name), { path: "b/in", ...lists });
    const png = into("a", { suffix: [".png", ".jpg"] });
    expect(() => refuseOverlappingInputs([png, into("b", { suffix: [".txt"] })])).not.toThrow();
    expect(() => refuseOverlappingInputs([png, into("b", { prefix: ["x"], suffix: ["g"] })])).toThrow(
      "inputs overlap: 'b/in/*.png' of function 'a' and 'b/in/x*g' of function 'b'",
    );
    expect(() => refuseOverlappingInputs([png, into("b", {})])).toThrow("'b/in/*.png' of function 'a' and 'b/in/' of");
  });

  it("takes neighbours", () => {
    const specs = [specOf("a", { input: ["b/in", "c/in"] }), specOf("b", { input: ["b/inner"] })];
    expect(() => refuseOverlappingInputs(specs)).not.toThrow();
  });
});

it("refuses inputs that nothing would trigger yet", () => {
  const spec = specOf("a");
  const lambda = { ...spec.lambda, input: [{ storage_provider: "minio.mine", path: "b/in" }] };
  expect(() => requireServedInputs([{ ...spec, lambda }])).toThrow("'minio.mine': not supported yet");
});
