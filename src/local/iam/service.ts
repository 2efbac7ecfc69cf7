/** IAM on this machine: the one user, roles, policies and instance profiles. State below `iam/`; what is not served stands in GAPS.md. */
import { handleQuery, type QueryApi } from "../http/query-protocol.ts";
import type { Identity, LocalService } from "../service.ts";
import { instanceProfileActions } from "./operations/instance-profiles.ts";
import { policyActions } from "./operations/policies.ts";
import { rolePolicyActions } from "./operations/role-policies.ts";
import { roleActions } from "./operations/roles.ts";
import { simulationActions } from "./operations/simulation.ts";
import { userActions } from "./operations/users.ts";
import type { IamStore } from "./store.ts";

/** @param user the one there is. */
export function createIamService(user: Identity, store: IamStore): LocalService {
  const api: QueryApi = {
    namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    actions: {
      ...userActions(user, store),
      ...roleActions(store),
      ...rolePolicyActions(store),
      ...policyActions(store),
      ...instanceProfileActions(store),
      ...simulationActions(store),
    },
  };
  return {
    scopes: ["iam"],
    errorStyle: "query-xml",
    handle: (request) => handleQuery(api, request),
    close: async () => {},
  };
}
