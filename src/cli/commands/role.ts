import { basename, extname } from "node:path";
import { EXIT, ScarError } from "../../errors.ts";
import type { FunctionSpec } from "../../fdl/spec.ts";
import { makeRole, roleDocuments } from "../../providers/aws/role.ts";
import type { Command, CommandContext } from "../command.ts";
import { withClients } from "./sessions.ts";

/** Names that IAM takes (CreateRole: RoleName). */
const NAME = /^[\w+=,.@-]{1,64}$/;

/** `scar role`: one role for all the functions of the file. */
export const command: Command = {
  async run(context) {
    await (context.options["print"] === true ? printRole(context) : createRole(context));
    return undefined;
  },
};

async function printRole(context: CommandContext): Promise<void> {
  const { functions, options, report } = context;
  const { documents, accountKnown } = await withClients(await context.session(functions[0]), (clients) =>
    roleDocuments(clients, functions),
  );
  if (!accountKnown) {
    report.warn("AWS could not be asked for your account: the policy says '*' for it");
  }
  // What is made to be read and to be piped into a file: indented without -j.
  report.result(options["json"] === true ? { json: documents } : { text: JSON.stringify(documents, null, 2) });
}

async function createRole(context: CommandContext): Promise<void> {
  const { functions, report, world } = context;
  const name = roleName(context);
  const { arn, steps } = await withClients(await context.session(functions[0]), (clients) =>
    makeRole(clients, name, functions, world.signal),
  );
  const created = steps.some(({ kind }) => kind === "create-role");
  const what = created ? "successfully created" : steps.length > 0 ? "successfully updated" : "is up to date";
  report.result({
    text: `Role '${name}' ${what}.\n${arn}`,
    json: { IAMOutput: { RoleName: name, RoleArn: arn, Created: created, Updated: !created && steps.length > 0 } },
  });
  if (context.options["json"] === true) return;
  report.notice(`Use it with -r ${arn}, as iam.role in the FDL, or as aws.iam.role in scar.cfg.`);
  if (created) report.notice("It may take some seconds until Lambda takes it: init waits for that.");
}

/** Throws ScarError `InvalidRoleName` (exit code 2). */
function roleName({ functions, options }: CommandContext): string {
  const given = options["role_name"];
  const name = typeof given === "string" ? given : `scar-${defaultEnd(functions, options["conf_file"])}`;
  if (NAME.test(name)) return name;
  throw new ScarError("InvalidRoleName", `'${name}' cannot be the name of a role`, {
    hint: "1 to 64 letters, digits and any of +=,.@_-, given with --role-name",
    exitCode: EXIT.usage,
  });
}

function defaultEnd(functions: readonly FunctionSpec[], file: unknown): string {
  const [first, ...others] = functions;
  if (others.length === 0 || typeof file !== "string") return first?.lambda.name ?? "";
  return basename(file, extname(file));
}
