import type { LambdaSection } from "../fdl/contract.ts";
import type { FunctionSpec } from "../fdl/spec.ts";
import type { LocalServer } from "../local/control.ts";
import type { AwsSession } from "../providers/aws/session.ts";
import { VERSION } from "../version.ts";
import type { Options, Reporter } from "./command.ts";
import type { World } from "./world.ts";

type Defaults = Pick<LambdaSection, "region" | "boto_profile">;

/** Whether the AWS of this machine is meant: whoever sets SCAR_LOCAL must never reach the real one by a misspelt "yes". */
export function isLocal(options: Options, env: World["env"]): boolean {
  if (options["local"] === true) return true;
  // A flag wins over a variable.
  if (options["endpoint_url"] !== undefined) return false;
  const variable = env["SCAR_LOCAL"]?.toLowerCase() ?? "";
  return !["", "0", "false", "no", "off"].includes(variable);
}

/** The ways to AWS of one command. */
export interface Sessions {
  /**
   * Where and as whom AWS is called. The region is the first of `--region`, FDL, scar.cfg, AWS_REGION, AWS_DEFAULT_REGION, profile, us-east-1;
   * the endpoint, of `--endpoint-url` and AWS_ENDPOINT_URL. With `--local` the local server decides all of it.
   */
  session(spec?: FunctionSpec): Promise<AwsSession>;
  /** The local server, started when it does not run; undefined without `--local`. */
  localServer(): Promise<LocalServer> | undefined;
}

export function makeSessions(options: Options, world: World, defaults: Defaults, report: Reporter): Sessions {
  let started: Promise<LocalServer> | undefined;
  const localServer = (): Promise<LocalServer> | undefined => {
    if (!isLocal(options, world.env)) return undefined;
    started ??= startedServer(world, options, report);
    return started;
  };
  return {
    localServer,
    async session(spec) {
      const server = await localServer();
      return server === undefined ? remote(options, world, spec?.lambda ?? defaults) : local(server);
    },
  };
}

function remote(options: Options, world: World, { region, boto_profile: profile }: Defaults): AwsSession {
  const endpoint = endpointOf(options, world.env);
  return {
    region,
    ...(profile === undefined ? {} : { profile }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...proxiesOf(world.env),
  };
}

const PROXIES = ["https_proxy", "all_proxy", "no_proxy"].flatMap((name) => [name, name.toUpperCase()]);

/** The rest of the environment is none of a session's business. */
function proxiesOf(env: World["env"]): Pick<AwsSession, "proxies"> {
  const proxies = Object.fromEntries(PROXIES.filter((name) => env[name]).map((name) => [name, env[name]]));
  return Object.keys(proxies).length === 0 ? {} : { proxies };
}

/** Where AWS is called instead of its own endpoints, without `--local`. */
export function endpointOf(options: Options, env: World["env"]): string | undefined {
  const endpoint = options["endpoint_url"] || env["AWS_ENDPOINT_URL"];
  return typeof endpoint === "string" && endpoint !== "" ? endpoint : undefined;
}

function local({ region, endpoint, accessKeyId, secretAccessKey }: LocalServer): AwsSession {
  return { region, endpoint, credentials: { accessKeyId, secretAccessKey } };
}

async function startedServer({ env, distDir }: World, options: Options, report: Reporter): Promise<LocalServer> {
  const { ensureLocal } = await import("../local/control.ts");
  const server = await ensureLocal({ env, distDir }, ({ endpoint }) =>
    report.notice(`The local AWS was started at ${endpoint} ('scar local stop' ends it).`),
  );
  if (server.version !== VERSION) {
    report.warn(`the local AWS is scar ${server.version}'s, this is ${VERSION}: 'scar local stop' lets it start anew`);
  }
  const asked = options["region"];
  if (asked !== undefined && asked !== server.region) {
    report.warn(`--region ${asked}: the local AWS has one region, ${server.region}`);
  }
  return server;
}
