import { type ExitCode, ScarError } from "../../errors.ts";
import type { EngineMode } from "../engine.ts";

/** Our modes. */
export const ENGINE_MODES: readonly EngineMode[] = ["auto", "chroot", "R1", "P1", "F1"];

/**
 * udocker's other modes, and which of ours does their job. F2 to F4 differ from F1 in how the loader is told its libraries; P2 is P1
 * without seccomp; R2 and R3 nest PRoot in R1; S1 is an installed Singularity.
 */
const UDOCKER_MODES: Readonly<Record<string, EngineMode>> = {
  F2: "F1",
  F3: "F1",
  F4: "F1",
  P2: "P1",
  R2: "R1",
  R3: "R1",
  S1: "R1",
};

export interface NamedMode {
  readonly mode: EngineMode;
  /** udocker's name, when it is not ours. */
  readonly standsFor?: string;
}

/** The mode of that name, whatever its case; undefined when there is none. */
export function parseEngineMode(text: string): NamedMode | undefined {
  const own = ENGINE_MODES.find((name) => name.toLowerCase() === text.toLowerCase());
  if (own !== undefined) return { mode: own };
  const standsFor = text.toUpperCase();
  const mode = UDOCKER_MODES[standsFor];
  return mode === undefined ? undefined : { mode, standsFor };
}

/** The mode that an environment variable asks for; `auto` when it asks for none. Throws ScarError `InvalidSetting`, which names it. */
export function engineModeOf(variable: string, value: string | undefined, exitCode?: ExitCode): NamedMode {
  if (!value) return { mode: "auto" };
  const named = parseEngineMode(value);
  if (named) return named;
  throw new ScarError("InvalidSetting", `${variable}: '${value}' is not an execution mode`, {
    hint: `use one of ${ENGINE_MODES.join(", ")}, or another of udocker's`,
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}
