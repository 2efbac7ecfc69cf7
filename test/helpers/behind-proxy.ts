/** The built command as a process, with the local AWS behind a proxy that counts its requests. */
import { join } from "node:path";
import { SlowProxy } from "../../bench/measured/slow-proxy.ts";
import { distDir, type TestLocal } from "./local.ts";
import { type Finished, run } from "./system-process.ts";

export interface BehindProxy {
  /** Runs `scar ARGS`; `requests`: those that reached AWS. */
  scar(args: readonly string[]): Promise<Finished & { readonly requests: number }>;
  close(): void;
}

/** @param cwd also the home */
export async function behindProxy({ server }: TestLocal, cwd: string): Promise<BehindProxy> {
  const proxy = await SlowProxy.start(server.port);
  const env = {
    PATH: process.env["PATH"],
    HOME: cwd,
    LANG: "C.UTF-8",
    AWS_ENDPOINT_URL: proxy.endpoint,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    AWS_REGION: server.region,
  };
  return {
    async scar(args) {
      proxy.taken();
      const finished = await run(process.execPath, [join(distDir, "main.js"), ...args], { cwd, env });
      return { ...finished, requests: proxy.taken() };
    },
    close: () => proxy.close(),
  };
}
