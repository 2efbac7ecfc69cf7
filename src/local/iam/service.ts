/** IAM, as much as SCAR asks: who the user is. */
import { handleQuery, type QueryApi } from "../http/query-protocol.ts";
import { AwsError, type Identity, type LocalService } from "../service.ts";

const apiOf = (user: Identity): QueryApi => ({
  namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
  actions: {
    GetUser(parameters, { identity }) {
      const asked = parameters.get("UserName");
      if (asked === null && identity.arn !== user.arn) {
        throw new AwsError(400, "ValidationError", "Must specify userName when calling with non-User credentials");
      }
      if (asked !== null && asked !== user.userName) {
        throw new AwsError(404, "NoSuchEntity", `The user with name ${asked} cannot be found.`);
      }
      return {
        User: {
          Path: "/",
          UserName: user.userName,
          UserId: user.userId,
          Arn: user.arn,
          CreateDate: "2026-01-01T00:00:00Z",
        },
      };
    },
  },
  unserved: [
    "AttachRolePolicy",
    "CreateRole",
    "DeleteRole",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "GetPolicy",
    "GetRole",
    "GetRolePolicy",
    "ListAttachedRolePolicies",
    "ListRolePolicies",
    "ListRoles",
    "ListUsers",
    "PutRolePolicy",
    "TagRole",
  ],
});

/** @param user the one there is. */
export function createIamService(user: Identity): LocalService {
  const api = apiOf(user);
  return {
    scopes: ["iam"],
    errorStyle: "query-xml",
    handle: (request) => handleQuery(api, request),
    close: async () => {},
  };
}
