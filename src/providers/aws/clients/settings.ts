import type { Agent } from "node:https";
import type { Logger, Pluggable, RetryStrategyV2 } from "@smithy/types";
import { toAwsError } from "../errors.ts";
import type { AwsSession } from "../session.ts";
import { proxyAgent } from "./proxies.ts";
import { PERSISTENT, retryStrategy } from "./retry.ts";

/** Milliseconds until a connection must stand. */
const CONNECTION_TIMEOUT = 10_000;
/** Milliseconds a request may take, body of the answer not counted. */
const REQUEST_TIMEOUT = 60_000;
/** Connections to one host: transfers and many functions at once. */
const MAX_SOCKETS = 50;

/**
 * The SDK writes its advice to the console, where the user's results go: a profile beside keys in the environment, for one. `info` is left
 * out, which it asks for with a question mark: the SDK would describe each request and answer for it, a page of keys in as much time as
 * reading it takes.
 */
const SILENT = { trace: ignore, debug: ignore, warn: ignore, error: ignore } as unknown as Logger;

function ignore(): void {}

export interface ClientSettings {
  readonly region: string;
  readonly retryStrategy: RetryStrategyV2;
  readonly endpoint?: string;
  readonly profile?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly requestHandler: RequestHandlerSettings;
  readonly logger: Logger;
}

export interface RequestHandlerSettings {
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly throwOnRequestTimeout: boolean;
  readonly httpAgent: { readonly keepAlive: true; readonly maxSockets: number };
  readonly httpsAgent: Agent | { readonly keepAlive: true; readonly maxSockets: number };
}

/** Settings of every client but for what its service changes. Throws ScarError `InvalidProxy`. */
export async function clientSettings(session: AwsSession): Promise<ClientSettings> {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS } as const;
  const proxy = await proxyAgent(session, { connectMs: CONNECTION_TIMEOUT, maxSockets: MAX_SOCKETS });
  return {
    region: session.region,
    retryStrategy: retryStrategy(PERSISTENT),
    logger: SILENT,
    ...(session.endpoint === undefined ? {} : { endpoint: session.endpoint }),
    ...(session.profile === undefined ? {} : { profile: session.profile }),
    ...(session.credentials === undefined ? {} : { credentials: session.credentials }),
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: proxy ?? agent,
    },
  };
}

/**
 * Makes every failure of a client an {@link AwsError}, once, in front of the SDK's own retries. `actionOf`: IAM's name of an operation,
 * where it is another.
 */
export function translateErrors(
  service: string,
  session: AwsSession,
  actionOf: (operation: string) => string = (operation) => operation,
  // biome-ignore lint/suspicious/noExplicitAny: the SDK types a plugin by its client's inputs and outputs; this one reads neither.
): Pluggable<any, any> {
  return {
    applyToStack: (stack) => {
      stack.add(
        (next, context) => async (args) => {
          try {
            return await next(args);
          } catch (error) {
            throw toAwsError(error, { service, operation: actionOf(operationName(context["commandName"])), session });
          }
        },
        { step: "initialize", priority: "high", name: "scarErrors" },
      );
    },
  };
}

function operationName(commandName: unknown): string {
  return typeof commandName === "string" ? commandName.replace(/Command$/, "") : "request";
}
