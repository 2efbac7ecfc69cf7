import type { LayerLibraries } from "../../container/fakechroot-files.ts";
import { registryLogin } from "../../providers/aws/controllers/registry-login.ts";
import { checkImages } from "../../providers/aws/images/check.ts";
import { checkSpecs, initFunctions } from "../../providers/aws/init.ts";
import { libraryEntries, libraryFiles } from "../../providers/aws/package/libraries.ts";
import type { Command } from "../command.ts";
import { deployedResults } from "../report/output.ts";
import { preheat } from "./preheat.ts";
import { bySession, withClients } from "./sessions.ts";

/** `scar init`: creates the functions, their log groups and buckets, and the notifications that start them. */
export const command: Command = {
  async run(context) {
    const { report, world, options } = context;
    await checkSpecs(context.functions);
    const groups = await bySession(context);
    const { env, signal } = world;
    const libraries = new Map<string, Promise<LayerLibraries>>();
    const librariesFor = (onAws: boolean) => (architecture: "amd64" | "arm64") => {
      const key = `${architecture} ${onAws}`;
      const files =
        libraries.get(key) ?? libraryFiles(architecture, { env, signal, fetch: onAws, notice: report.notice });
      libraries.set(key, files);
      return files;
    };
    const deployments = groups.flatMap(({ session, functions }) =>
      functions.map((spec) => ({
        spec,
        onAws: session.endpoint === undefined,
        ecrLogin: (region: string) =>
          withClients({ ...session, region }, async (clients) => registryLogin(await clients.ecr())),
      })),
    );
    await checkImages(deployments, { env, signal, notice: report.notice, libraries: librariesFor(true) });
    for (const { session, functions } of groups) {
      await withClients(session, async (clients) => {
        const deployed = await initFunctions(functions, {
          clients,
          signal: world.signal,
          notice: report.notice,
          distDir: world.distDir,
          layerFiles: async (architecture) =>
            libraryEntries((await librariesFor(session.endpoint === undefined)(architecture)).files),
          rollback: options["no_rollback"] !== true,
        });
        for (const result of deployed.flatMap(deployedResults)) report.result(result);
        for (const spec of functions) if (spec.lambda.preheat === true) await preheat(context, spec, clients);
      });
    }
    return undefined;
  },
};
