import { networkInterfaces } from "node:os";
import { DEFAULT_PATH, imageVariables } from "../../container/image-environment.ts";
import type { RequestFolders } from "./folders.ts";

export interface EnvironmentParts {
  readonly requestId: string;
  /** `HOME`, `USER` and `LOGNAME` of the image's user. */
  readonly user: Readonly<Record<string, string>>;
  /** `NAME=value` lines of the image. */
  readonly image: readonly string[];
  /** The role's credentials, region and endpoint. */
  readonly aws: Readonly<Record<string, string>>;
  /** The FDL's container variables. */
  readonly variables: Readonly<Record<string, string>>;
  /** Variables that came with the event. */
  readonly eventVariables: Readonly<Record<string, string>>;
  readonly folders: RequestFolders;
  readonly inputFile: string | undefined;
  readonly objectKey: string | undefined;
  readonly eventTime: string | undefined;
  readonly event: unknown;
  /** Folder of the extra payload, as seen inside. */
  readonly extraPayload: string | undefined;
}

/** The kernel's limit for one `NAME=value`, its final NUL included (MAX_ARG_STRLEN). */
const LONGEST_VARIABLE = 131_072;

/**
 * The container's whole environment (behaviour.md, section 7). Later ones win: the image's user, the image, SCAR's request variables and the role's
 * credentials, the FDL's variables, the event's, the input and output. Variables that are too long for the kernel are left out and named.
 */
export function containerEnvironment(parts: EnvironmentParts): { env: Record<string, string>; tooLong: string[] } {
  const inputFile = parts.inputFile && { INPUT_FILE_PATH: parts.inputFile, SCAR_INPUT_FILE: parts.inputFile };
  const token = parts.aws["AWS_SESSION_TOKEN"];
  const all: Record<string, string> = {
    PATH: DEFAULT_PATH,
    ...parts.user,
    ...imageVariables(parts.image),
    REQUEST_ID: parts.requestId,
    INSTANCE_IP: instanceAddress(),
    ...parts.aws,
    ...(token && { AWS_SECURITY_TOKEN: token }),
    ...parts.variables,
    ...parts.eventVariables,
    ...inputFile,
    TMP_INPUT_DIR: parts.folders.input,
    TMP_OUTPUT_DIR: parts.folders.output,
    ...(parts.objectKey && { STORAGE_OBJECT_KEY: parts.objectKey }),
    ...(parts.eventTime && { EVENT_TIME: parts.eventTime }),
    EVENT: JSON.stringify(parts.event ?? null),
    ...(parts.extraPayload && { EXTRA_PAYLOAD: parts.extraPayload }),
  };
  const env: Record<string, string> = {};
  const tooLong: string[] = [];
  for (const [name, value] of Object.entries(all)) {
    const clean = value.replaceAll("\0", "");
    if (fits(name, clean)) env[name] = clean;
    else tooLong.push(name);
  }
  return { env, tooLong };
}

function fits(name: string, value: string): boolean {
  if (name.length + 3 * value.length + 2 <= LONGEST_VARIABLE) return true;
  return Buffer.byteLength(name) + Buffer.byteLength(value) + 2 <= LONGEST_VARIABLE;
}

let address: string | undefined;

/** The first address that is not loopback; an environment keeps it for its life. */
function instanceAddress(): string {
  address ??=
    Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find((candidate) => candidate.family === "IPv4" && !candidate.internal)?.address ?? "127.0.0.1";
  return address;
}
