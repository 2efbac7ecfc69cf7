/** What a registry's or another server's address says about how it may be talked to. */
import { isIPv4 } from "node:net";
import { DOCKER_HUB } from "./reference.ts";

/** Host (and port) that serves a registry's API: Docker Hub's is not the one in references. */
export function apiHost(registry: string): string {
  return registry === DOCKER_HUB ? "registry-1.docker.io" : registry;
}

/** `hostname`: without a port; an IPv6 address with or without brackets. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (name === "localhost" || name.endsWith(".localhost") || name === "::1") return true;
  return isIPv4(name) && name.startsWith("127.");
}

/** Whether `host[:port]` may be talked to over plain HTTP: loopback, and what the user listed with its port or without. */
export function mayBePlain(host: string, insecure: readonly string[]): boolean {
  const { hostname } = splitPort(host);
  return isLoopback(hostname) || insecure.some((name) => name === host || name === hostname);
}

export function splitPort(host: string): { readonly hostname: string; readonly port: string | undefined } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(host);
  return { hostname: match?.[1] ?? host, port: match?.[2] };
}

/** Account and region of a private registry of AWS, whose login is made of AWS credentials; undefined for any other. */
export function ecrOf(registry: string): { readonly account: string; readonly region: string } | undefined {
  const match = /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$/.exec(registry);
  return match === null ? undefined : { account: match[1]!, region: match[2]! };
}
