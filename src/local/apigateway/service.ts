/** API Gateway on this machine: REST APIs in front of Lambda functions. State below `apigateway/`; what is not served stands in GAPS.md. */
import type { LocalService, LocalSettings, TaggedResources } from "../service.ts";
import { deletionPause } from "./deletion-pause.ts";
import type { Context } from "./operations/context.ts";
import { route } from "./routes.ts";
import { ApiStore } from "./store.ts";
import { taggedResources } from "./tagged.ts";

export type ApiGatewayService = LocalService & TaggedResources;

export function createApiGatewayService({ settings }: { readonly settings: LocalSettings }): ApiGatewayService {
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
    async close() {},
    ...taggedResources(store, settings.region),
  };
}
