/** Which sandbox runs functions, as the user asks for it in the environment of the server. */
import { EXIT, ScarError } from "../../errors.ts";

const CHOICES = ["auto", "namespaces", "bwrap", "proot", "docker"] as const;

/** `auto`: the first that works, in that order. */
export type SandboxChoice = (typeof CHOICES)[number];

export interface SandboxSettings {
  readonly choice: SandboxChoice;
  /** `PATH` of the server, searched for `proot`, `perl` and `docker`. */
  readonly path: string | undefined;
  /** An image for Linux with a shell and, for images of functions, util-linux; Node.js is this machine's. */
  readonly dockerImage: string;
  /** What `docker` needs to find its engine and its user. */
  readonly dockerEnv: Readonly<Record<string, string>>;
}

const DEFAULT_IMAGE = "node:24-bookworm-slim";

/** Docker's own variables and those that it finds its configuration by. */
const DOCKER_VARIABLE = /^(DOCKER_.*|HOME|XDG_RUNTIME_DIR|XDG_CONFIG_HOME)$/;

/**
 * From `SCAR_LOCAL_SANDBOX` (default `auto`) and `SCAR_LOCAL_DOCKER_IMAGE` (default `node:24-bookworm-slim`).
 * Throws ScarError `InvalidSandbox`.
 */
export function readSandboxSettings(env: Readonly<Record<string, string | undefined>>): SandboxSettings {
  const asked = env["SCAR_LOCAL_SANDBOX"] || "auto";
  const choice = CHOICES.find((known) => known === asked);
  if (choice === undefined) {
    throw new ScarError("InvalidSandbox", `SCAR_LOCAL_SANDBOX: '${asked}' is no sandbox`, {
      hint: `use one of ${CHOICES.join(", ")}`,
      exitCode: EXIT.usage,
    });
  }
  const dockerEnv: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && DOCKER_VARIABLE.test(name)) dockerEnv[name] = value;
  }
  return { choice, path: env["PATH"], dockerImage: env["SCAR_LOCAL_DOCKER_IMAGE"] || DEFAULT_IMAGE, dockerEnv };
}
