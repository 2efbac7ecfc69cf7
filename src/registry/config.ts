import { createHash } from "node:crypto";
import { ScarError } from "../errors.ts";
import type { ImageConfig } from "./image.ts";

/** What an image's configuration says, and the digests of its uncompressed layers, bottom first. */
export interface ParsedConfig {
  readonly id: string;
  readonly json: string;
  readonly config: ImageConfig;
  readonly diffIds: readonly string[];
}

/** The parts of the OCI image configuration that scar reads (image-spec, `config.md`). */
interface RawConfig {
  readonly architecture?: unknown;
  readonly os?: unknown;
  readonly config?: {
    readonly Env?: unknown;
    readonly Entrypoint?: unknown;
    readonly Cmd?: unknown;
    readonly WorkingDir?: unknown;
    readonly User?: unknown;
  } | null;
  readonly rootfs?: { readonly diff_ids?: unknown };
}

/** Reads the configuration of the image in `where`. Throws ScarError `InvalidImage` when it is not one. */
export function parseConfig(data: Buffer, where: string): ParsedConfig {
  const json = data.toString("utf8");
  const raw = parseJson<RawConfig>(json, "the image's configuration", where);
  const diffIds = strings(raw.rootfs?.diff_ids);
  if (!diffIds.every(isDigest)) throw new ScarError("InvalidImage", `${where}: the image's diff_ids are not digests`);
  const container = raw.config ?? {};
  return {
    id: sha256(data),
    json,
    diffIds,
    config: {
      architecture: text(raw.architecture, "amd64"),
      os: text(raw.os, "linux"),
      env: strings(container.Env),
      entrypoint: strings(container.Entrypoint),
      cmd: strings(container.Cmd),
      workingDir: text(container.WorkingDir, "/"),
      user: text(container.User, ""),
    },
  };
}

/** Parses a JSON object of the image in `where`. Throws ScarError `InvalidImage` naming `what` when it is none. */
export function parseJson<T>(json: string, what: string, where: string): T {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === "object" && value !== null) return value as T;
  } catch {
    // Said below.
  }
  throw new ScarError("InvalidImage", `${where}: ${what} is not a JSON object`);
}

/** `sha256:…` of some bytes. */
export function sha256(data: Buffer | string): string {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}

export function isDigest(value: unknown): value is string {
  return typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value);
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

function text(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}
