import type { LambdaSection } from "../fdl/contract.ts";
import type { FunctionSpec } from "../fdl/spec.ts";
import type { AwsSession } from "../providers/aws/session.ts";
import type { Options } from "./command.ts";
import type { World } from "./world.ts";

type Defaults = Pick<LambdaSection, "region" | "boto_profile">;

/** Whether the AWS of this machine is meant. */
export function isLocal(options: Options, env: World["env"]): boolean {
  return options["local"] === true || env["SCAR_LOCAL"] === "1";
}

/**
 * Where and as whom AWS is called. The region of a function is already the first of `--region`, its FDL, scar.cfg, AWS_REGION,
 * AWS_DEFAULT_REGION, us-east-1. With `--local` the local server decides all of it, and is started when it does not run.
 */
export function sessionFactory(
  options: Options,
  world: World,
  defaults: Defaults,
): (spec?: FunctionSpec) => Promise<AwsSession> {
  let local: Promise<AwsSession> | undefined;
  return async (spec) => {
    if (isLocal(options, world.env)) {
      local ??= localSession(world);
      return local;
    }
    const { region, boto_profile: profile } = spec?.lambda ?? defaults;
    const endpoint = given(options["endpoint_url"]) ?? given(world.env["AWS_ENDPOINT_URL"]);
    return {
      region,
      ...(profile === undefined ? {} : { profile }),
      ...(endpoint === undefined ? {} : { endpoint }),
    };
  };
}

const given = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

async function localSession({ env, distDir }: World): Promise<AwsSession> {
  const { ensureLocal } = await import("../local/control.ts");
  const { endpoint, region, accessKeyId, secretAccessKey } = await ensureLocal({ env, distDir });
  return { region, endpoint, credentials: { accessKeyId, secretAccessKey } };
}
