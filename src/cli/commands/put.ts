import { putFiles } from "../../providers/aws/put.ts";
import type { Command } from "../command.ts";
import { withS3 } from "./sessions.ts";
import { swept } from "./sweep.ts";
import { withProgress } from "./transfer-progress.ts";

/** `scar put`: uploads a file or a folder. */
export const command: Command = {
  async run(context) {
    const { options, report, world } = context;
    const target = String(options["bucket"]);
    const [bucket] = target.split("/").filter((part) => part !== "");
    await withS3(context, async (s3) => {
      const request = {
        target,
        path: String(options["path"]),
        cwd: world.cwd,
        region: s3.session.region,
        signal: world.signal,
        notice: report.notice,
      };
      await withProgress(report, async (watch) => {
        for await (const { path, key } of swept(world, putFiles(s3, { ...request, watch }))) {
          report.result({
            text: `Uploading file '${path}' to bucket '${bucket}' with key '${key}'.`,
            json: { Bucket: bucket, Key: key, Path: path },
          });
        }
      });
    });
    return undefined;
  },
};
