/** What `init` and `update` need to make packages: libraries, and a look at the images. */
import type { LayerLibraries } from "../../container/fakechroot-files.ts";
import type { AwsClients } from "../../providers/aws/clients.ts";
import { checkImages } from "../../providers/aws/images/check.ts";
import type { OnLoop } from "../../providers/aws/init.ts";
import { libraryEntries, libraryFiles } from "../../providers/aws/package/libraries.ts";
import type { LayerFiles, PackagingOptions } from "../../providers/aws/packaging.ts";
import type { CommandContext } from "../command.ts";
import { type SessionGroup, withClients } from "./sessions.ts";

/** `--allow-loop` makes a warning of it. */
export function onLoop({ options, report }: CommandContext): OnLoop {
  return options["allow_loop"] === true ? report.warn : "refuse";
}

export interface PackagingTools {
  /** How packages are made and deployed with these clients. */
  options(clients: AwsClients): PackagingOptions;
  /** Begins at once; rejects for images that the functions could not fetch or run. */
  checkImages(groups: readonly SessionGroup[]): Promise<void>;
}

/** Libraries are fetched once a command and processor, when they are first asked for. */
export function packagingTools({ world, report }: CommandContext): PackagingTools {
  const { env, signal, distDir } = world;
  const { notice } = report;
  const libraries = new Map<string, Promise<LayerLibraries>>();
  const librariesFor = (onAws: boolean) => (architecture: "amd64" | "arm64") => {
    const key = `${architecture} ${onAws}`;
    const files = libraries.get(key) ?? libraryFiles(architecture, { env, signal, fetch: onAws, notice });
    libraries.set(key, files);
    return files;
  };
  return {
    options: (clients) => {
      const wanted = librariesFor(clients.session.endpoint === undefined);
      const layerFiles: LayerFiles = async (architecture) => libraryEntries((await wanted(architecture)).files);
      return { clients, signal, notice, distDir, layerFiles };
    },
    checkImages: (groups) => {
      const deployments = groups.flatMap(({ session, functions }) =>
        functions.map((spec) => ({
          spec,
          onAws: session.endpoint === undefined,
          ecrLogin: (region: string) =>
            withClients({ ...session, region }, async (clients) => {
              const { registryLogin } = await import("../../providers/aws/controllers/registry-login.ts");
              return registryLogin(await clients.ecr());
            }),
        })),
      );
      const looking = checkImages(deployments, { env, signal, notice, libraries: librariesFor(true) });
      // Told by whoever waits for it; what ends the command before that is told instead.
      looking.catch(() => {});
      return looking;
    },
  };
}
