/** Which proxy a request goes through: the variables that curl and Go read. */
import { BlockList, isIP } from "node:net";
import { ScarError } from "../errors.ts";
import { basicOf } from "./credential.ts";
import { isLoopback } from "./hosts.ts";

export interface ProxyServer {
  /** `http:` or `https:`: how the proxy itself is talked to. */
  readonly protocol: "http:" | "https:";
  readonly hostname: string;
  readonly port: number;
  /** Value of Proxy-Authorization. */
  readonly authorization?: string;
  /** `host:port`: for messages. */
  readonly name: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for `url`, or undefined: `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY` (small letters too, and first) unless `NO_PROXY` names
 * the host. Loopback is never asked for through a proxy.
 * Throws ScarError `InvalidProxy` that names the variable.
 */
export function proxyFor(url: URL, env: Environment): ProxyServer | undefined {
  if (isLoopback(url.hostname)) return undefined;
  const names = [url.protocol === "https:" ? "https_proxy" : "http_proxy", "all_proxy"];
  const variable = names.flatMap((name) => [name, name.toUpperCase()]).find((name) => env[name]?.trim());
  if (variable === undefined || isExcepted(url, env["no_proxy"] ?? env["NO_PROXY"] ?? "")) return undefined;
  return parseProxy(env[variable]!.trim(), variable);
}

function parseProxy(value: string, variable: string): ProxyServer {
  // The value may hold a password: only what is before it is told.
  const fail = (why: string) =>
    new ScarError("InvalidProxy", `the environment variable ${variable} ${why}`, {
      hint: `set it to http://HOST:PORT, or name the server in NO_PROXY`,
    });
  const text = value.includes("://") ? value : `http://${value}`;
  if (!URL.canParse(text)) throw fail("is not the address of a proxy");
  const url = new URL(text);
  const { protocol, hostname } = url;
  if (protocol !== "http:" && protocol !== "https:")
    throw fail(`names a proxy of the kind '${protocol}//', which is not served`);
  const port = Number(url.port || (protocol === "https:" ? 443 : 80));
  const login = { username: decoded(url.username), password: decoded(url.password) };
  return {
    protocol,
    hostname,
    port,
    name: `${hostname}:${port}`,
    ...(url.username || url.password ? { authorization: basicOf(login) } : {}),
  };
}

/** `NO_PROXY`: host names (which mean the hosts below them too), addresses, CIDR blocks, each perhaps with a port; `*` is all. */
function isExcepted(url: URL, exceptions: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return exceptions
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === "") return false;
      if (entry === "*") return true;
      if (isWithin(host, entry)) return true;
      const [, name = "", only] = /^(\[[^\]]*\]|[^:]*|[^[]*:[^[]*:[^[]*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (only !== undefined && only !== port) return false;
      const bare = name.replace(/^\*?\./, "").replace(/^\[|\]$/g, "");
      return bare !== "" && (host === bare || host.endsWith(`.${bare}`));
    });
}

function isWithin(host: string, block: string): boolean {
  const [, address = "", bits] = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/.exec(block) ?? [];
  const family = isIP(address);
  if (family === 0 || isIP(host) !== family || Number(bits) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family === 4 ? "ipv4" : "ipv6");
  return list.check(host, family === 4 ? "ipv4" : "ipv6");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
