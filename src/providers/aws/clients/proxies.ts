/** The way to AWS where a proxy is in between, as boto3, curl and Docker take it from the environment. */
import type { Agent } from "node:https";
import type { AwsSession } from "../session.ts";

/** Whether a proxy may be in the way: whoever has none loads nothing for it. */
export function mayHaveProxy({ proxies = {} }: AwsSession): boolean {
  return ["https_proxy", "all_proxy"].some((name) => proxies[name]?.trim() || proxies[name.toUpperCase()]?.trim());
}

/** Whether requests to this address go through one. Throws ScarError `InvalidProxy`. */
export async function goesThroughProxy(session: AwsSession, protocol: string, host: string): Promise<boolean> {
  if (protocol !== "https:" || !mayHaveProxy(session)) return false;
  const { proxyFor } = await import("../../../registry/proxy.ts");
  return proxyFor(new URL(`https://${host}`), session.proxies ?? {}) !== undefined;
}

/**
 * Connects as the environment says, each host for itself; undefined where it names no proxy.
 * Throws ScarError `InvalidProxy` before anything is asked.
 */
export async function proxyAgent(
  session: AwsSession,
  options: { readonly connectMs: number; readonly maxSockets: number },
): Promise<Agent | undefined> {
  if (!mayHaveProxy(session)) return undefined;
  const [{ proxyFor }, { TunnelAgent }] = await Promise.all([
    import("../../../registry/proxy.ts"),
    import("../../../registry/through-proxy.ts"),
  ]);
  const proxyOf = (server: URL) => proxyFor(server, session.proxies ?? {});
  proxyOf(new URL(session.endpoint ?? "https://amazonaws.com"));
  const { connectMs, maxSockets } = options;
  return new TunnelAgent(proxyOf, { connectMs }, { keepAlive: true, maxSockets });
}
