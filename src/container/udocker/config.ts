import type { ImageConfig } from "../../registry/image.ts";

/** What udocker keeps of an image's configuration (`container.json`): Docker's own document, sometimes an old layer's. */
export function configOf(document: unknown): ImageConfig {
  const whole = record(document);
  const own = record(whole["config"] ?? whole["container_config"]);
  return {
    architecture: text(whole["architecture"]),
    os: text(whole["os"]) || "linux",
    env: strings(own["Env"]),
    entrypoint: strings(own["Entrypoint"]),
    cmd: strings(own["Cmd"]),
    workingDir: text(own["WorkingDir"]) || "/",
    user: text(own["User"]),
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === "string" ? ["/bin/sh", "-c", value] : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
