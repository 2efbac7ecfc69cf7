import { ScarError } from "../../errors.ts";
import { rmFunctions } from "../../providers/aws/rm.ts";
import type { Command } from "../command.ts";
import { removedResults } from "../report/output.ts";
import { bySession, withClients } from "./sessions.ts";

/** `scar rm`: removes the functions with their log groups and notifications; never buckets or files. */
export const command: Command = {
  async run(context) {
    const { report, world } = context;
    const missing: ScarError[] = [];
    for (const { session, functions } of await bySession(context)) {
      const targets = functions.map(({ lambda }) => ({ functionName: lambda.name, lambda }));
      const removal = await withClients(session, (clients) =>
        rmFunctions(targets, { clients, signal: world.signal, notice: report.notice }),
      );
      for (const result of removal.removed.flatMap(removedResults)) report.result(result);
      missing.push(...removal.missing);
    }
    const [first] = missing;
    if (first === undefined) return undefined;
    if (missing.length === 1) throw first;
    throw new ScarError(first.code, missing.map((error) => error.message).join("\n"), { hint: first.hint ?? "" });
  },
};
