/** The one user and the account. */
import type { QueryAction } from "../../http/query-protocol.ts";
import type { Identity } from "../../service.ts";
import { noSuchEntity, validationError } from "../errors.ts";
import { page } from "../fields.ts";
import type { IamStore } from "../store.ts";

export function userActions(user: Identity, store: IamStore): Readonly<Record<string, QueryAction>> {
  const element = {
    Path: "/",
    UserName: user.userName,
    UserId: user.userId,
    Arn: user.arn,
    CreateDate: "2026-01-01T00:00:00Z",
  };
  return {
    GetUser(parameters, { identity }) {
      const asked = parameters.get("UserName");
      if (asked === null && identity.arn !== user.arn) {
        throw validationError("Must specify userName when calling with non-User credentials");
      }
      if (asked !== null && asked !== user.userName) {
        throw noSuchEntity(`The user with name ${asked} cannot be found.`);
      }
      return { User: element };
    },
    ListUsers: (parameters) =>
      page(parameters, "Users", "/".startsWith(parameters.get("PathPrefix") ?? "/") ? [element] : [], (item) => item),
    ListAccountAliases: (parameters) => page(parameters, "AccountAliases", [], (alias: string) => alias),
    GetAccountSummary: () => ({
      SummaryMap: {
        entry: Object.entries({
          Users: 1,
          Roles: store.roles.all().length,
          Policies: store.policies.all().length,
          InstanceProfiles: store.instanceProfiles.all().length,
        }).map(([key, value]) => ({ key, value })),
      },
    }),
  };
}
