/** STS: who signed. */
import { handleQuery, type QueryApi } from "../http/query-protocol.ts";
import type { LocalService } from "../service.ts";

const api: QueryApi = {
  namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
  actions: {
    GetCallerIdentity: (_, { identity }) => ({
      Arn: identity.arn,
      UserId: identity.userId,
      Account: identity.accountId,
    }),
  },
  unserved: ["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetFederationToken", "GetSessionToken"],
};

export function createStsService(): LocalService {
  return {
    scopes: ["sts"],
    errorStyle: "query-xml",
    handle: (request) => handleQuery(api, request),
    close: async () => {},
  };
}
