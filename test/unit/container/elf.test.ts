import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseElfHeader, readElfHeader } from "../../../src/container/elf/header.ts";
import { parseLibrary } from "../../../src/container/elf/library.ts";
import { elfProgram } from "./elf-fixtures.ts";

const header = (bytes: Buffer) => parseElfHeader((offset, length) => bytes.subarray(offset, offset + length));

describe("the header of a program", () => {
  it("tells processor and loader of this machine's own programs", () => {
    const here = { x64: "amd64", arm64: "arm64" }[process.arch as "x64" | "arm64"];
    const found = readElfHeader(process.execPath);
    expect(found).toEqual({ machine: here, interpreter: expect.stringMatching(/^\/.*ld/) });
    const listed = execFileSync("ldd", [process.execPath], { encoding: "utf8" });
    expect(listed).toContain(found!.interpreter);
  });

  it("reads both widths and both byte orders", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("amd64", "arm64", "386", "arm", "machine 8"),
        fc.boolean(),
        fc.boolean(),
        fc.option(fc.stringMatching(/^\/[a-z0-9./-]{1,60}$/), { nil: undefined }),
        (machine, wide, little, interpreter) => {
          const bytes = elfProgram({ machine, wide, little, interpreter });
          expect(header(bytes)).toEqual(interpreter === undefined ? { machine } : { machine, interpreter });
        },
      ),
    );
  });

  it("is none of other files, and of no broken one more than it says", () => {
    const whole = elfProgram({ machine: "amd64", wide: true, little: true, interpreter: "/lib64/ld.so" });
    fc.assert(
      fc.property(
        fc.nat(whole.length),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }),
        (length, changes) => {
          const bytes = Buffer.from(whole.subarray(0, length));
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          const found = header(bytes);
          expect(found === undefined || typeof found.machine === "string").toBe(true);
          parseLibrary(bytes);
        },
      ),
    );
    expect(header(Buffer.from("#!/bin/sh\n"))).toBeUndefined();
    expect(header(Buffer.alloc(0))).toBeUndefined();
  });
});

describe("the facts of a library", () => {
  it("are those of this machine's C library", () => {
    const libc = /\/\S+libc\.so\.6/.exec(execFileSync("ldd", ["/bin/sh"], { encoding: "utf8" }))?.[0];
    if (libc === undefined) return;
    const facts = parseLibrary(readFileSync(libc))!;
    expect(facts.libc).toBe("glibc");
    for (const name of ["open", "execve", "fopen"]) expect(facts.defines.has(name)).toBe(true);
    expect(facts.defines.has("no_such_function")).toBe(false);
  });

  it("are none of a program without symbols, of a script, of nothing", () => {
    const folder = mkdtempSync(join(tmpdir(), "scar-elf-"));
    writeFileSync(join(folder, "script"), "#!/bin/sh\n");
    expect(parseLibrary(readFileSync(join(folder, "script")))).toBeUndefined();
    expect(parseLibrary(Buffer.alloc(0))).toBeUndefined();
    expect(
      parseLibrary(elfProgram({ machine: "amd64", wide: true, little: true, interpreter: undefined })),
    ).toBeUndefined();
    rmSync(folder, { recursive: true });
  });
});
