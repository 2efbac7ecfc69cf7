import { describe, expect, it } from "vitest";
import { ScarError } from "../../../src/errors.ts";
import { describeFailure } from "../../../src/supervisor/failure.ts";
import { CapturedOutput } from "../../../src/supervisor/run/captured-output.ts";

const noOutput = new CapturedOutput();
const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });

describe("a failure's message", () => {
  it("says what to raise when /tmp is full, wherever that was noticed", () => {
    const hint = "(/tmp is full: raise lambda.ephemeral_storage)";
    expect(describeFailure(full, noOutput)).toMatchObject({ code: "SystemError", message: `${full.message} ${hint}` });
    const unpacking = new ScarError("BadLayer", "a layer cannot be unpacked", {
      cause: new Error("x", { cause: full }),
    });
    expect(describeFailure(unpacking, noOutput).message).toBe(`a layer cannot be unpacked ${hint}`);
  });

  it("keeps the hint that a failure has of its own", () => {
    const error = new ScarError("StorageFailed", "download failed", { cause: full, hint: "do this" });
    expect(describeFailure(error, noOutput).logged).toBe("download failed (do this)");
  });

  it("ends with the command's last output, which the log has already", () => {
    const output = new CapturedOutput();
    output.push(Buffer.from("one\ntwo\n"));
    const failure = describeFailure(new ScarError("CommandFailed", "exit code 3"), output);
    expect(failure.message).toBe("exit code 3\nlast output:\none\ntwo");
    expect(failure.logged).toBe("exit code 3");
  });

  it("tells nothing of a fault of the supervisor: only the log has it", () => {
    const failure = describeFailure(new TypeError("x is undefined"), noOutput);
    expect(failure.message).not.toContain("undefined");
    expect(failure.logged).toMatch(/TypeError: x is undefined\n\s+at /);
  });
});
