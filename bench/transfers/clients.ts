/** The S3 clients that are compared, each with the settings that it has when nobody sets any. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { S3Server } from "../../test/helpers/system-peers.ts";
import { GO, type Measured, measure } from "../measured/programs.ts";

/** `bucket/folder` */
type Remote = string;

export interface Client {
  readonly name: string;
  /** The program; the client is left out where it is missing. */
  readonly file: string;
  /** All files of a folder into a folder of the bucket. */
  up(folder: string, remote: Remote): Promise<Measured>;
  /** All files of a folder of the bucket into an empty folder. */
  down(remote: Remote, folder: string): Promise<Measured>;
}

export function clients(server: S3Server, main: string, work: string): Client[] {
  const { endpoint, accessKeyId, secretAccessKey, region } = server;
  const client = (name: string, file: string, env: Record<string, string>, lines: Lines): Client => {
    const home = join(work, name);
    mkdirSync(home, { recursive: true });
    const whole = { PATH: process.env["PATH"], HOME: home, LANG: "C.UTF-8", ...env };
    const run = (args: readonly string[]) => measure({ file, args, cwd: home, env: whole });
    return {
      name,
      file,
      up: (folder, remote) => run(lines.up(folder, remote)),
      down: (remote, folder) => run(lines.down(remote, folder)),
    };
  };
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  const rclone = {
    RCLONE_CONFIG_PEER_TYPE: "s3",
    RCLONE_CONFIG_PEER_PROVIDER: "Other",
    RCLONE_CONFIG_PEER_ENDPOINT: endpoint,
    RCLONE_CONFIG_PEER_REGION: region,
    RCLONE_CONFIG_PEER_ACCESS_KEY_ID: accessKeyId,
    RCLONE_CONFIG_PEER_SECRET_ACCESS_KEY: secretAccessKey,
  };
  return [
    client(
      "scar",
      process.execPath,
      { ...keys, AWS_ENDPOINT_URL: endpoint, AWS_REGION: region },
      {
        up: (folder, remote) => [main, "put", "-b", remote, "-p", folder],
        down: (remote, folder) => [main, "get", "-b", remote, "-p", folder],
      },
    ),
    client("rclone", "/usr/bin/rclone", rclone, {
      up: (folder, remote) => ["copy", folder, `peer:${remote}`],
      down: (remote, folder) => ["copy", `peer:${remote}`, folder],
    }),
    client(
      "mc",
      join(GO, "mc"),
      { MC_HOST_peer: endpoint.replace("//", `//${accessKeyId}:${secretAccessKey}@`) },
      {
        up: (folder, remote) => ["cp", "--quiet", "--recursive", `${folder}/`, `peer/${remote}/`],
        down: (remote, folder) => ["cp", "--quiet", "--recursive", `peer/${remote}/`, folder],
      },
    ),
  ];
}

interface Lines {
  up(folder: string, remote: Remote): readonly string[];
  down(remote: Remote, folder: string): readonly string[];
}
