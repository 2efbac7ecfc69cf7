import { statSync } from "node:fs";
import { basename } from "node:path";
import { ScarError } from "../../../errors.ts";
import type { Program } from "../../program.ts";

/** Set-user-ID and set-group-ID bits. */
const IDENTITY_BITS = 0o6000;

/** Programs whose whole job is another identity: an image that was unpacked without rights has lost their bits. */
const IDENTITY_CHANGERS = new Set([
  "chsh",
  "doas",
  "gosu",
  "gpasswd",
  "newgrp",
  "pkexec",
  "runuser",
  "su",
  "su-exec",
  "sudo",
]);

/** Throws ScarError `SetuidProgram`: where nobody can become somebody else, such a program fails with a riddle, or with rights missing. */
export function assertNoIdentityChange(program: Program): void {
  // The last word of a script's interpreters is the script; its own name counts, too.
  const setuid = (statSync(program.file).mode & IDENTITY_BITS) !== 0;
  if (!setuid && !IDENTITY_CHANGERS.has(basename(program.path))) return;
  throw new ScarError(
    "SetuidProgram",
    `${program.path} changes the user it runs as, which F1 (and AWS Lambda) does not allow`,
    {
      hint: "run the command itself: a function's programs all run as one user, who may write wherever the command needs to",
    },
  );
}
