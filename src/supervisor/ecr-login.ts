import { messageOf, ScarError } from "../errors.ts";
import { readEcrToken } from "../registry/ecr-token.ts";
import { ecrOf } from "../registry/hosts.ts";
import { parseImageReference } from "../registry/reference.ts";

/**
 * A login for an image in Amazon ECR, made of the function's role; undefined for an image elsewhere. Throws ScarError `RegistryLoginFailed`,
 * `InvalidImageReference`.
 */
export async function ecrLogin(
  reference: string,
  signal: AbortSignal,
): Promise<{ readonly username: string; readonly password: string } | undefined> {
  const place = ecrOf(parseImageReference(reference).registry);
  if (place === undefined) return undefined;
  // Few functions have their image there.
  const { ECRClient, GetAuthorizationTokenCommand } = await import("@aws-sdk/client-ecr");
  const client = new ECRClient({ region: place.region });
  try {
    const answer = await client.send(new GetAuthorizationTokenCommand({}), { abortSignal: signal });
    return readEcrToken(answer.authorizationData?.[0]?.authorizationToken);
  } catch (cause) {
    signal.throwIfAborted();
    throw new ScarError("RegistryLoginFailed", `image ${reference}: Amazon ECR gives no login: ${messageOf(cause)}`, {
      cause,
      hint: "allow the function's role ecr:GetAuthorizationToken, ecr:BatchGetImage and ecr:GetDownloadUrlForLayer, or pack the image with the function (container.image_file)",
    });
  } finally {
    client.destroy();
  }
}
