/** What goes wrong on the way to a server, sorted by what the user can do about it. */

export type LinkTrouble =
  /** No such host, or no DNS. */
  | "unknown-host"
  | "refused"
  | "certificate"
  /** The server does not speak TLS, or none that we do. */
  | "tls"
  /** Cut, reset, or no HTTP. */
  | "broken"
  | "slow"
  /** The proxy itself, or it cannot reach the server. */
  | "proxy";

export class LinkError extends Error {
  readonly trouble: LinkTrouble;
  /** Node's or OpenSSL's name for it. */
  readonly code: string;

  constructor(
    trouble: LinkTrouble,
    message: string,
    options: { readonly code?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "LinkError";
    this.trouble = trouble;
    this.code = options.code ?? "";
  }
}

const BY_CODE: Readonly<Record<string, readonly [LinkTrouble, string]>> = {
  ENOTFOUND: ["unknown-host", "there is no host of this name"],
  EAI_AGAIN: ["unknown-host", "its name cannot be looked up at the moment (DNS)"],
  ECONNREFUSED: ["refused", "it refuses connections"],
  EPROTO: ["tls", "it does not speak TLS (HTTPS)"],
  ETIMEDOUT: ["slow", "it does not answer"],
  EHOSTUNREACH: ["slow", "there is no way to it"],
  ENETUNREACH: ["slow", "there is no way to its network"],
  ECONNRESET: ["broken", "the connection broke off"],
  EPIPE: ["broken", "the connection broke off"],
  ERR_STREAM_PREMATURE_CLOSE: ["broken", "the connection broke off"],
  CERT_HAS_EXPIRED: ["certificate", "its certificate has expired"],
  ERR_TLS_CERT_ALTNAME_INVALID: ["certificate", "its certificate is for another host"],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["certificate", "it signed its certificate itself"],
  SELF_SIGNED_CERT_IN_CHAIN: ["certificate", "an unknown authority signed its certificate"],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ["certificate", "an unknown authority signed its certificate"],
  UNABLE_TO_GET_ISSUER_CERT: ["certificate", "an unknown authority signed its certificate"],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ["certificate", "an unknown authority signed its certificate"],
  CERT_NOT_YET_VALID: ["certificate", "its certificate is not valid yet (is this machine's clock right?)"],
};

/** Sorts an error of Node's network modules. */
export function linkError(cause: unknown): LinkError {
  if (cause instanceof LinkError) return cause;
  const code = String((cause as NodeJS.ErrnoException | undefined)?.code ?? "");
  const known = BY_CODE[code];
  if (known !== undefined) return new LinkError(known[0], known[1], { code, cause });
  if (/^(ERR_SSL|ERR_TLS)/.test(code))
    return new LinkError("tls", `TLS cannot be agreed on (${code})`, { code, cause });
  if (/CERT|CRL|SIGNATURE/.test(code))
    return new LinkError("certificate", `its certificate is not good (${code})`, { code, cause });
  if (code.startsWith("HPE_")) return new LinkError("broken", "it does not answer in HTTP", { code, cause });
  return new LinkError("broken", code === "" ? "the connection broke off" : `the connection failed (${code})`, {
    code,
    cause,
  });
}
