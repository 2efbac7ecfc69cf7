import { ScarError } from "../../errors.ts";
import { getObjects, splitSource } from "../../providers/aws/get.ts";
import type { Command } from "../command.ts";
import { withS3 } from "./sessions.ts";
import { swept } from "./sweep.ts";
import { withProgress } from "./transfer-progress.ts";

/** `scar get`: downloads a bucket, a folder of it or one object. */
export const command: Command = {
  async run(context) {
    const { options, report, world } = context;
    const source = String(options["bucket"]);
    const { bucket } = splitSource(source);
    await withS3(context, async (s3) => {
      const request = { source, path: String(options["path"]), cwd: world.cwd, signal: world.signal };
      let found = 0;
      let failed = 0;
      await withProgress(report, async (watch) => {
        for await (const { key, path, error } of swept(world, getObjects(s3, { ...request, watch }))) {
          found++;
          if (error === undefined) {
            report.result({
              text: `Downloading file '${key}' from bucket '${bucket}' in path '${path}'.`,
              json: { Bucket: bucket, Key: key, Path: path },
            });
          } else {
            failed++;
            report.warn(`'${key}' was not downloaded: ${error}`);
          }
        }
      });
      if (found === 0) report.notice(`There is no file at '${source}'.`);
      if (failed > 0) throw new ScarError("DownloadFailed", `${failed} of the files could not be downloaded`);
    });
    return undefined;
  },
};
