import type { ListedFunction } from "../../providers/aws/list.ts";
import type { Command, CommandContext } from "../command.ts";
import { type Column, table } from "../report/table.ts";
import { withClients } from "./sessions.ts";

const COLUMNS: readonly Column[] = [
  { head: "NAME", align: "left" },
  { head: "MEMORY", align: "right" },
  { head: "TIME", align: "right" },
  { head: "IMAGE_ID", align: "left" },
  { head: "API_URL", align: "left" },
  { head: "SUPERVISOR_VERSION", align: "left" },
];

/** `scar ls`: own functions as a table, or the keys of a bucket. */
export const command: Command = {
  async run(context) {
    await (context.options["bucket"] === undefined ? printFunctions(context) : printKeys(context));
    return undefined;
  },
};

async function printFunctions({ report, session }: CommandContext): Promise<void> {
  const { listFunctions } = await import("../../providers/aws/list.ts");
  const functions = await withClients(await session(), listFunctions);
  report.result({
    text: `AWS FUNCTIONS:\n${table(COLUMNS, functions.map(row))}`,
    json: { Functions: functions.map(document) },
    verbose: { Functions: functions.map(({ configuration }) => configuration) },
  });
}

function row(listed: ListedFunction): (string | number)[] {
  const { name, memory, timeout, imageId, apiUrl, supervisorVersion } = listed;
  return [name, memory, timeout, imageId ?? "-", apiUrl ?? "-", supervisorVersion ?? "-"];
}

function document(listed: ListedFunction): object {
  return {
    Name: listed.name,
    Memory: listed.memory,
    Timeout: listed.timeout,
    Image_id: listed.imageId ?? "-",
    Api_gateway: listed.apiUrl ?? "-",
    Sup_version: listed.supervisorVersion ?? "-",
  };
}

async function printKeys({ options, report, session }: CommandContext): Promise<void> {
  const [{ splitSource }, { objectsAt }] = await Promise.all([
    import("../../providers/aws/get.ts"),
    import("../../providers/aws/objects-at.ts"),
  ]);
  const { bucket, path } = splitSource(String(options["bucket"]));
  await withClients(await session(), async (clients) => {
    const access = { s3: { sdk: clients.s3 }, bucket, direct: undefined };
    for await (const { key, size, lastModified } of objectsAt(access, path)) {
      report.result({ text: key, json: { Bucket: bucket, Key: key, Size: size, LastModified: lastModified } });
    }
  });
}
