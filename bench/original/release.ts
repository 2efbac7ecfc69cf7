/** A stand-in for the releases of the original's supervisor: what `init` of the original asks for, of a size that it keeps in its cache. */
import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { zipOf } from "../../test/helpers/lambda.ts";

export const RELEASE = "1.5.8";

export interface ReleaseServer {
  readonly port: number;
  close(): void;
}

export async function startReleases(): Promise<ReleaseServer> {
  const part = async (name: string) => ({ text: await zipOf({ [name]: "" }) });
  const source = await zipOf({
    "source/faassupervisor/__init__.py": "",
    "source/extra/function_handler.py": "",
    "source/extra/python.zip": await part("python/dummy_dep/__init__.py"),
    "source/extra/udocker.zip": await part("udocker/udocker.py"),
    // Up to 1 MiB it is no release for the original, and fetched anew by every init.
    "source/ballast": { text: randomBytes(1_100_000) },
  });
  const server: Server = createServer(({ url = "" }, response) => {
    if (url.endsWith("/zipball")) response.end(source);
    // There is no tag of the name `latest`, which the original asks for first.
    else if (url.endsWith("/tags/latest")) response.writeHead(404).end('{"message": "Not Found"}');
    // The original exchanges scheme and host for ours.
    else response.end(JSON.stringify({ tag_name: RELEASE, zipball_url: "https://releases/zipball" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
