/** API Gateway on this machine: REST APIs in front of Lambda functions. State below `apigateway/`; what is not served stands in GAPS.md. */
import type { Credentials } from "../http/credentials.ts";
import type { FunctionCaller, LocalService, LocalSettings, TaggedResources } from "../service.ts";
import { deletionPause } from "./deletion-pause.ts";
import { executeAddress } from "./execute/address.ts";
import { serveExecute } from "./execute/endpoint.ts";
import type { Context } from "./operations/context.ts";
import { route } from "./routes.ts";
import { ApiStore } from "./store.ts";
import { taggedResources } from "./tagged.ts";

export type ApiGatewayService = LocalService & TaggedResources;

export interface ApiGatewayPorts {
  readonly settings: LocalSettings;
  readonly credentials: Credentials;
  readonly functions: FunctionCaller;
}

export function createApiGatewayService(ports: ApiGatewayPorts): ApiGatewayService {
  const { settings } = ports;
  const store = new ApiStore(settings.dir);
  const context: Context = {
    store,
    accountId: settings.accountId,
    region: settings.region,
    countDeletion: deletionPause(settings.behaviour.apiDeletionPauseMs),
  };
  return {
    scopes: ["apigateway"],
    errorStyle: "apigateway-json",
    async handle(request) {
      const { operation, args } = route(request);
      return operation(context, request, args);
    },
    open: {
      at: (host, path) => executeAddress(host, path) !== undefined,
      answer: (request) => serveExecute({ ...ports, store }, request),
    },
    async close() {},
    ...taggedResources(store, settings.region),
  };
}
