import { ScarError } from "../errors.ts";

/** A login that Amazon ECR gives for 12 hours, from `authorizationToken` of its GetAuthorizationToken. Throws ScarError `RegistryLoginFailed`. */
export function readEcrToken(token: string | undefined): { readonly username: string; readonly password: string } {
  const [, username, password] = /^([^:]+):(.+)$/s.exec(Buffer.from(token ?? "", "base64").toString("utf8")) ?? [];
  if (username !== undefined && password !== undefined) return { username, password };
  throw new ScarError("RegistryLoginFailed", "Amazon ECR answered no login");
}
