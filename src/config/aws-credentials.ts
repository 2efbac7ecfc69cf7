import { readFile } from "node:fs/promises";
import { join } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

export interface StaticCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * The keys that the SDK's chain would find, where they are simply written down: in the environment, unless a profile is named, or in the
 * profile's section of `$AWS_SHARED_CREDENTIALS_FILE` (`~/.aws/credentials`). Undefined for all else: roles, SSO, programs, machines.
 */
export async function staticCredentials(env: Env, profile: string | undefined): Promise<StaticCredentials | undefined> {
  const named = profile ?? (env["AWS_PROFILE"] || undefined);
  const fromEnv = keysOf(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env["AWS_SESSION_TOKEN"]);
  if (named === undefined && fromEnv !== undefined) return fromEnv;
  const [credentials, config] = await Promise.all([
    textOf(env["AWS_SHARED_CREDENTIALS_FILE"], env["HOME"], "credentials"),
    textOf(env["AWS_CONFIG_FILE"], env["HOME"], "config"),
  ]);
  // A role in either file comes before the keys of its section, and is taken with those of another.
  if (/role_arn/i.test(credentials + config)) return undefined;
  const section = sectionOf(credentials, named ?? "default");
  return keysOf(section["aws_access_key_id"], section["aws_secret_access_key"], section["aws_session_token"]);
}

function keysOf(id: string | undefined, secret: string | undefined, token: string | undefined) {
  if (!id || !secret) return undefined;
  return { accessKeyId: id, secretAccessKey: secret, ...(token && { sessionToken: token }) };
}

async function textOf(named: string | undefined, home: string | undefined, name: string): Promise<string> {
  const file = named || (home ? join(home, ".aws", name) : undefined);
  return file === undefined ? "" : await readFile(file, "utf8").catch(() => "");
}

/** Settings of `[NAME]`; whatever is written in another way is not found. A later line wins. */
function sectionOf(text: string, name: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  let isInside = false;
  for (const line of text.split(/\r?\n/)) {
    const plain = line.split(/(?:^|\s)[;#]/)[0]!.trim();
    if (plain.startsWith("[") && plain.endsWith("]")) isInside = plain === `[${name}]`;
    const setting = /^([a-z_]+)\s*=\s*(\S+)$/.exec(plain);
    if (isInside && setting) found[setting[1]!] = setting[2]!;
  }
  return found;
}
