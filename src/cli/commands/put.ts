import { putFiles } from "../../providers/aws/put.ts";
import type { Command } from "../command.ts";
import { withClients } from "./sessions.ts";

/** `scar put`: uploads a file or a folder. */
export const command: Command = {
  async run({ options, report, session, world }) {
    const target = String(options["bucket"]);
    const [bucket] = target.split("/").filter((part) => part !== "");
    const aws = await session();
    await withClients(aws, async (clients) => {
      const files = putFiles(await clients.s3(), {
        target,
        path: String(options["path"]),
        cwd: world.cwd,
        region: aws.region,
        signal: world.signal,
        notice: report.notice,
      });
      for await (const { path, key } of files) {
        report.result({
          text: `Uploading file '${path}' to bucket '${bucket}' with key '${key}'.`,
          json: { Bucket: bucket, Key: key, Path: path },
        });
      }
    });
    return undefined;
  },
};
