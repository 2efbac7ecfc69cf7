/** `scar shell`: a shell or a command in an image, on this machine, as a function would run it. */
import { EXIT, ScarError } from "../../errors.ts";
import type { Command } from "../command.ts";
import { prepareRun } from "./shell/prepare.ts";
import { runInForeground } from "./shell/process.ts";
import { rootOf } from "./shell/root.ts";
import { oneFunction } from "./target.ts";

export const command: Command = {
  async run(context) {
    const { args, options, report, world } = context;
    const json = options["json"] === true;
    if (json && args.length === 0 && world.stdin.isTTY) {
      throw new ScarError("NoCommand", "-j/--json: a shell on a terminal has no result to print as JSON", {
        exitCode: EXIT.usage,
        hint: "give a command, or leave -j out",
      });
    }
    const spec = oneFunction(context);
    const root = await rootOf(spec, { env: world.env, signal: world.signal, notice: report.notice });
    try {
      const run = await prepareRun(root, { spec, args, world, report });
      try {
        const end = await runInForeground(run.plan, world, { capture: json, tellsStatus: run.tellsStatus });
        if (json) {
          const { engine } = run;
          report.result({ json: { Shell: { ExitCode: end.status, Payload: end.output, Engine: engine } } });
        }
        return end.status;
      } finally {
        await run.cleanup();
      }
    } finally {
      await root.release();
    }
  },
};
