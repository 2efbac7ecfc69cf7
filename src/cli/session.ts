import type { LambdaSection } from "../fdl/contract.ts";
import type { FunctionSpec } from "../fdl/spec.ts";
import type { AwsSession } from "../providers/aws/session.ts";
import type { Options, Reporter } from "./command.ts";
import type { World } from "./world.ts";

type Defaults = Pick<LambdaSection, "region" | "boto_profile">;

/** Whether the AWS of this machine is meant: whoever sets SCAR_LOCAL must never reach the real one by a misspelt "yes". */
export function isLocal(options: Options, env: World["env"]): boolean {
  const variable = env["SCAR_LOCAL"]?.toLowerCase() ?? "";
  return options["local"] === true || !["", "0", "false", "no", "off"].includes(variable);
}

/**
 * Where and as whom AWS is called. The region is the first of `--region`, FDL, scar.cfg, AWS_REGION, AWS_DEFAULT_REGION, us-east-1;
 * the endpoint, of `--endpoint-url` and AWS_ENDPOINT_URL. With `--local` the local server decides all of it, and is started when it
 * does not run.
 */
export function sessionFactory(
  options: Options,
  world: World,
  defaults: Defaults,
  report: Reporter,
): (spec?: FunctionSpec) => Promise<AwsSession> {
  let local: Promise<AwsSession> | undefined;
  return async (spec) => {
    if (isLocal(options, world.env)) {
      local ??= localSession(world, options, report);
      return local;
    }
    const { region, boto_profile: profile } = spec?.lambda ?? defaults;
    const endpoint = options["endpoint_url"] || world.env["AWS_ENDPOINT_URL"];
    return {
      region,
      ...(profile === undefined ? {} : { profile }),
      ...(typeof endpoint === "string" && endpoint !== "" ? { endpoint } : {}),
    };
  };
}

async function localSession({ env, distDir }: World, options: Options, report: Reporter): Promise<AwsSession> {
  const { ensureLocal } = await import("../local/control.ts");
  const { endpoint, region, accessKeyId, secretAccessKey } = await ensureLocal({ env, distDir });
  const asked = options["region"];
  if (asked !== undefined && asked !== region)
    report.warn(`--region ${asked}: the local AWS has one region, ${region}`);
  return { region, endpoint, credentials: { accessKeyId, secretAccessKey } };
}
