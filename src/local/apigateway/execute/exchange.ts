/** One request to an API on its way: all that its event and its answer are made of. */
import type { OpenRequest } from "../../service.ts";
import type { RestApi, Stage } from "../model.ts";
import type { ExecuteAddress } from "./address.ts";
import type { Caller } from "./authorize.ts";
import type { Tracing, Values } from "./client-request.ts";
import type { Routed } from "./routing.ts";

export interface Exchange {
  readonly request: OpenRequest;
  readonly address: ExecuteAddress;
  readonly api: RestApi;
  readonly stage: Stage;
  /** Of the deployment. */
  readonly binaryMediaTypes: readonly string[];
  readonly route: Routed;
  /** Undefined where no signature is asked for. */
  readonly caller: Caller | undefined;
  readonly headers: Values;
  readonly query: Values;
  readonly body: Buffer;
  readonly tracing: Tracing;
  readonly accountId: string;
  /** `ID.execute-api.localhost:PORT` */
  readonly domainName: string;
  /** When the request came, ms since the epoch. */
  readonly time: number;
}
