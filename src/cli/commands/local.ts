/** `scar local …`: the AWS of this machine. */
import { EXIT, ScarError } from "../../errors.ts";
import type { Command, CommandContext, Options } from "../command.ts";
import { confirm } from "../prompt.ts";

type Control = typeof import("../../local/control.ts");
type Action = (context: CommandContext, control: Control) => Promise<void>;

const ACTIONS: Readonly<Record<string, Action>> = { start, stop, status, reset, env };

export const command: Command = {
  async run(context) {
    await ACTIONS[context.args[0]!]!(context, await import("../../local/control.ts"));
    return undefined;
  },
};

async function start({ world, options, report }: CommandContext, control: Control): Promise<void> {
  const port = portOf(options);
  const { server: running } = await control.localStatus(world);
  if (running && port !== undefined && port !== 0 && port !== running.port) {
    throw new ScarError("AlreadyRunning", `the local AWS runs already, on port ${running.port} and not ${port}`, {
      hint: "run 'scar local stop' first",
    });
  }
  const server = running ?? (await control.startLocal({ ...world, ...(port === undefined ? {} : { port }) }));
  const { pid, endpoint, region } = server;
  report.result({
    text: running ? `The local AWS runs already at ${endpoint}` : `The local AWS runs at ${endpoint}`,
    json: { Local: { State: "running", Endpoint: endpoint, Region: region, Pid: pid } },
  });
}

/** 0: any free port. */
function portOf(options: Options): number | undefined {
  const port = options["port"];
  if (port === undefined) return undefined;
  if (typeof port === "number" && port >= 0 && port <= 65_535) return port;
  throw new ScarError("InvalidPort", `--port ${port}: not a port`, {
    exitCode: EXIT.usage,
    hint: "use a number from 1 to 65535, or 0 for any free port",
  });
}

async function stop({ world, report }: CommandContext, control: Control): Promise<void> {
  const stopped = await control.stopLocal(world);
  report.result({
    text: stopped ? "The local AWS was stopped." : "The local AWS did not run.",
    json: { Local: { State: "stopped" } },
  });
}

async function status({ world, report }: CommandContext, control: Control): Promise<void> {
  const { dir, server } = await control.localStatus(world);
  if (server === undefined) {
    report.result({
      text: `The local AWS does not run.\nState: ${dir}`,
      json: { Local: { State: "stopped", Folder: dir } },
    });
    return;
  }
  const { endpoint, region, pid, version, startedAt, accountId } = server;
  report.result({
    text: [
      `The local AWS runs at ${endpoint}`,
      `Region: ${region}`,
      `Account: ${accountId}`,
      `State: ${dir}`,
      `Process: ${pid}, scar ${version}, since ${startedAt}`,
    ].join("\n"),
    json: {
      Local: {
        State: "running",
        Endpoint: endpoint,
        Region: region,
        Account: accountId,
        Folder: dir,
        Pid: pid,
        Version: version,
        StartedAt: startedAt,
      },
    },
  });
}

async function reset({ world, options, report }: CommandContext, control: Control): Promise<void> {
  const { dir } = await control.localStatus(world);
  if (options["yes"] !== true && !(await confirm(world, `Delete all that ${dir} holds?`, "--yes"))) {
    report.notice("Nothing was deleted.");
    return;
  }
  const deleted = await control.resetLocal(world);
  report.result({
    text: deleted ? "The local AWS is empty again." : "There was nothing to delete.",
    json: { Local: { State: "stopped", Folder: dir } },
  });
}

/** Lines for a POSIX shell; with `-j` an object. */
async function env({ world, report }: CommandContext, control: Control): Promise<void> {
  const { server } = await control.localStatus(world);
  if (server === undefined) {
    throw new ScarError("LocalNotRunning", "the local AWS does not run", { hint: "run 'scar local start'" });
  }
  const variables = control.localEnvironment(server);
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`);
  report.result({ text: lines.join("\n"), json: variables });
}
