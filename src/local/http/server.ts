/**
 * The one HTTP server of the local AWS: loopback only. Every request is checked and dispatched (dispatch.ts); what went wrong is
 * answered in the form of the service it was for.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { messageOf } from "../../errors.ts";
import { AwsError, type AwsResponse, type ErrorStyle } from "../service.ts";
import { type DispatchOptions, dispatch } from "./dispatch.ts";
import { errorResponse, requestIdHeaders } from "./errors.ts";
import { ClientLeft, send } from "./respond.ts";
import { WireBody } from "./wire-body.ts";

export interface LocalHttpOptions extends DispatchOptions {
  /** Faults of the program, for the server's log. */
  readonly onFault: (error: unknown, request: string) => void;
}

export interface LocalHttp {
  /** Binds 127.0.0.1; rejects with EADDRINUSE. Resolves to the actual port. */
  listen(port: number): Promise<number>;
  /** Lets requests under way finish for `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
}

export function createLocalHttp(options: LocalHttpOptions): LocalHttp {
  // Uploads may take as long as they take; clients that keep connections expect them to last.
  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0 });
  server.on("request", (req, res) => void serve(req, res, new WireBody(req, res, false), options));
  server.on("checkContinue", (req, res) => void serve(req, res, new WireBody(req, res, true), options));
  return {
    listen: (port) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
          server.off("error", reject);
          const address = server.address();
          resolve(typeof address === "object" && address ? address.port : port);
        });
      }),
    close: (graceMs) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

async function serve(
  req: IncomingMessage,
  res: ServerResponse,
  wire: WireBody,
  options: LocalHttpOptions,
): Promise<void> {
  const requestId = randomUUID();
  const path = (req.url ?? "/").split("?", 1)[0]!;
  let style: ErrorStyle = "s3-xml";
  let response: AwsResponse;
  try {
    response = await dispatch(req, res, wire, requestId, options, (known) => {
      style = known;
    });
  } catch (error) {
    if (!(error instanceof AwsError)) options.onFault(error, `${req.method} ${path}`);
    const known =
      error instanceof AwsError
        ? error
        : new AwsError(500, "InternalError", `We encountered an internal error: ${messageOf(error)}`);
    response = errorResponse(known, style, requestId, path);
  }
  await wire.linger();
  const headers = Object.assign(requestIdHeaders(style, requestId), wire.closingHeaders());
  await send(res, req.method === "HEAD", response, headers).catch((error: unknown) => {
    if (!(error instanceof ClientLeft)) options.onFault(error, `${req.method} ${path}`);
    res.destroy();
  });
  wire.drain();
}
