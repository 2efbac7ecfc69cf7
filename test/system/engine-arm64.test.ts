/** The supervisor as a function of arm64, under QEMU: its Node, the image and the library are arm64's, the rules are Lambda's. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Arm64, arm64Debian, runArm64 } from "../helpers/system-arm64.ts";
import { packArchive } from "../helpers/system-engine-images.ts";
import { LambdaLookAlike } from "../helpers/system-lookalike.ts";
import { describeSystem, NEEDS } from "../helpers/system-needs.ts";

describeSystem("F1 runs an arm64 image", [NEEDS.root, NEEDS.debootstrap, NEEDS.arm64], () => {
  let arm64: Arm64;
  let lambda: LambdaLookAlike;
  let stop = async (): Promise<void> => {};
  beforeAll(async () => {
    arm64 = await arm64Debian();
    stop = await runArm64();
    lambda = await LambdaLookAlike.start({
      pack: (to) => packArchive(arm64.archive, "debian:12", to, "arm64"),
      reference: "debian:12",
      libraries: { "libfakechroot.so": arm64.fakechroot },
      node: arm64.node,
      script:
        '#!/bin/sh\nuname -m; cat /only-in-the-image; test -e /only-in-the-image && echo tested; pwd; ls -d /var/task 2>/dev/null\ncat "$INPUT_FILE_PATH"; echo; echo out > "$TMP_OUTPUT_DIR/out"; cat "$TMP_OUTPUT_DIR/out"; id -u\n',
    });
  });
  afterAll(async () => {
    lambda?.stop();
    await stop();
  });

  it("keeps a shell and its tools inside, with the function's folders", async () => {
    const { statusCode, text } = await lambda.invoke({ some: "event" });
    expect([statusCode, lambda.log]).toEqual([200, expect.any(String)]);
    expect(text.trim().split("\n")).toEqual(["aarch64", "bookworm", "tested", "/", '{"some":"event"}', "out", "993"]);
    expect(lambda.log).not.toContain("where AWS Lambda would use");
  });

  it("runs Perl, pipes and children, and hands exit codes on", async () => {
    const { text } = await lambda.run(
      `perl -e 'print -e "/only-in-the-image" ? "there" : "gone", " @ARGV\\n"; print qx(cat /only-in-the-image | tr a-z A-Z)' a "b c"`,
    );
    expect(text).toBe("there a b c\nBOOKWORM\n");
    const failed = await lambda.invoke({ cmd_args: JSON.stringify(["sh", "-c", "exit 7"]) });
    expect(failed).toMatchObject({ statusCode: 500, text: expect.stringContaining("exit code 7") });
  });

  it("refuses an image for another processor by name", async () => {
    const other = await LambdaLookAlike.start({
      pack: (to) => packArchive(arm64.archive, "debian:12", to, "arm64"),
      reference: "debian:12",
    });
    try {
      expect((await other.run("true")).text).toMatch(/arm64/);
    } finally {
      other.stop();
    }
  });
});
