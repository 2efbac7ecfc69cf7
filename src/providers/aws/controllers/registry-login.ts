/** Amazon ECR's logins, which AWS credentials are exchanged for. */
import { type ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { readEcrToken } from "../../../registry/ecr-token.ts";

/** For all registries of the client's region that its identity may read. Throws AwsError, ScarError `RegistryLoginFailed`. */
export async function registryLogin(ecr: ECRClient): Promise<{ readonly username: string; readonly password: string }> {
  const answer = await ecr.send(new GetAuthorizationTokenCommand({}));
  return readEcrToken(answer.authorizationData?.[0]?.authorizationToken);
}
