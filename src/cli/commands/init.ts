import { checkImages } from "../../providers/aws/images/check.ts";
import { checkSpecs, initFunctions } from "../../providers/aws/init.ts";
import type { Command } from "../command.ts";
import { deployedResults } from "../report/output.ts";
import { bySession, withClients } from "./sessions.ts";

/** `scar init`: creates the functions, their log groups and buckets, and the notifications that start them. */
export const command: Command = {
  async run(context) {
    const { report, world, options } = context;
    await checkSpecs(context.functions);
    const groups = await bySession(context);
    const { env, signal } = world;
    const deployments = groups.flatMap(({ session, functions }) =>
      functions.map((spec) => ({ spec, onAws: session.endpoint === undefined })),
    );
    await checkImages(deployments, { env, signal, notice: report.notice });
    for (const { session, functions } of groups) {
      const deployed = await withClients(session, (clients) =>
        initFunctions(functions, {
          clients,
          signal: world.signal,
          notice: report.notice,
          distDir: world.distDir,
          rollback: options["no_rollback"] !== true,
        }),
      );
      for (const result of deployed.flatMap(deployedResults)) report.result(result);
    }
    return undefined;
  },
};
