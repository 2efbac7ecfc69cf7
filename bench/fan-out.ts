/**
 * The memory of `scar run` over the files of a bucket: 10 000 files beside 1 000, sent only, and followed to their ends (`--wait`). The
 * function does nothing, on the local AWS. The peak is to be below 150 MB, and the ratio near 1: memory must not grow with the files.
 * Usage: npm run bench -- fan-out     ; or fan-out.mjs [FILES]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { startLocal, stopLocal } from "../src/local/control.ts";
import { createNodeFunction } from "../test/helpers/lambda.ts";
import { clientConfig } from "../test/helpers/local-clients.ts";
import { measure } from "./measured/programs.ts";
import { askAll, Connection, signed, type Wanted } from "./s3/client.ts";

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
const files = Number(process.argv[2] ?? 10_000);
const COUNTS = [Math.round(files / 10), files];
const FUNCTION = "bench-fan-out";
const BUCKET = "bench-fan-out";

const dist = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "scar-bench-fan-out-"));
const env = { PATH: process.env["PATH"], HOME: folder, LANG: "C.UTF-8", SCAR_LOCAL_DIR: join(folder, "local") };
const options = { env, distDir: dist, attached: true };
try {
  const server = await startLocal({ ...options, port: 0 });
  const lambda = new LambdaClient(clientConfig(server));
  await createNodeFunction(lambda, FUNCTION, "export const handler = async () => {};", { Timeout: 30 });
  lambda.destroy();
  const connections = Array.from({ length: 8 }, () => new Connection(server.port));
  const ask = (wanted: readonly Wanted[]) =>
    askAll(
      connections,
      wanted.map((one) => signed(server, one)),
    );
  await ask([{ method: "PUT", path: `/${BUCKET}` }]);
  const body = Buffer.from("x");
  for (const count of COUNTS) {
    const keys = Array.from({ length: count }, (_, i) => `${count}/a file's name of usual length, number ${i}.jpg`);
    await ask(
      keys.map((key) => ({ method: "PUT", path: `/${BUCKET}/${encodeURI(key).replaceAll("'", "%27")}`, body })),
    );
  }
  for (const connection of connections) connection.close();

  console.log(`load average ${loadavg()[0]!.toFixed(1)}`);
  console.log("case                files      s  processor s   peak MB   ratio");
  for (const [name, flags] of [
    ["run", []],
    ["run --wait", ["--wait"]],
  ] as const) {
    let small: number | undefined;
    for (const count of COUNTS) {
      const args = [join(dist, "main.js"), "--local", "run", "-n", FUNCTION, "-ib", `${BUCKET}/${count}`, ...flags];
      const { seconds, processor, peak, stdout, stderr } = await measure({
        file: process.execPath,
        args,
        cwd: folder,
        env,
      });
      const sent = stdout.match(/^Sending event for file/gm)?.length;
      if (sent !== count) throw new Error(`${sent} of ${count} files were sent:\n${stderr.slice(-2000)}`);
      small ??= peak;
      console.log(
        `${name.padEnd(16)} ${String(count).padStart(8)} ${seconds.toFixed(1).padStart(6)} ${processor.toFixed(1).padStart(12)} ${peak.toFixed(0).padStart(9)} ${(peak / small).toFixed(2).padStart(6)}x`,
      );
    }
  }
} finally {
  await stopLocal(options);
  rmSync(folder, { recursive: true, force: true });
}
