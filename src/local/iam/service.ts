/** IAM, as much as SCAR asks: who the user is. */
import { handleQuery, type QueryApi } from "../http/query-protocol.ts";
import { AwsError, type LocalService } from "../service.ts";

const api: QueryApi = {
  namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
  actions: {
    GetUser(parameters, { identity }) {
      const asked = parameters.get("UserName") ?? identity.userName;
      if (!identity.arn.includes(":user/") || asked !== identity.userName) {
        throw new AwsError(404, "NoSuchEntity", `The user with name ${asked} cannot be found.`);
      }
      return {
        User: {
          Path: "/",
          UserName: identity.userName,
          UserId: identity.userId,
          Arn: identity.arn,
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
};

export function createIamService(): LocalService {
  return {
    scopes: ["iam"],
    errorStyle: "query-xml",
    handle: (request) => handleQuery(api, request),
    close: async () => {},
  };
}
