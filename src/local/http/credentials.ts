/** The keys that may sign requests: the user's own, those of sessions that STS gave out, and one session per function. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Identity } from "../service.ts";

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface Credentials {
  /**
   * Session credentials. The same identity and end always get the same ones, in later runs of the server too: they are derived
   * from the server's key, so nothing is stored and functions that outlive a restart go on working.
   * @param expires ms since the epoch; missing, as for functions: never.
   */
  issue(identity: Identity, expires?: number): SessionCredentials;
  /** Whose key it is and its secret; `unknownKey` or `badToken` when this server did not give it out, `expiredToken` after its end. */
  find(
    accessKeyId: string,
    sessionToken: string | undefined,
  ): { readonly identity: Identity; readonly secretAccessKey: string } | "unknownKey" | "badToken" | "expiredToken";
}

/** What a session token says, sealed. */
type Claims = { readonly [field in keyof Identity]: Identity[field] | undefined } & {
  readonly expires: number | undefined;
};

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** `prefix` filled up to 20 characters, the form of AWS's access key ids; other ids have other lengths. */
export function accessKeyIdOf(prefix: string, bytes: Uint8Array, length = 20): string {
  return prefix + Array.from(bytes.subarray(0, length - prefix.length), (byte) => BASE32[byte % 32]).join("");
}

export function createCredentials(
  user: { readonly accessKeyId: string; readonly secretAccessKey: string },
  userIdentity: Identity,
): Credentials {
  const derive = (label: string, text: string) =>
    createHmac("sha256", user.secretAccessKey).update(`scar-local-${label}\n${text}`).digest();
  const keyOf = (claims: string) => accessKeyIdOf("ASIA", derive("session-id", claims));
  const secretOf = (claims: string) => derive("session-secret", claims).toString("base64").slice(0, 40);

  return {
    issue(identity, expires) {
      const { accountId, arn, userId, userName, roleArn, functionName } = identity;
      const content: Claims = { accountId, arn, userId, userName, roleArn, functionName, expires };
      const claims = Buffer.from(JSON.stringify(content)).toString("base64");
      const seal = derive("session-token", claims).toString("base64");
      return {
        accessKeyId: keyOf(claims),
        secretAccessKey: secretOf(claims),
        sessionToken: `${claims}.${seal}`,
      };
    },
    find(accessKeyId, sessionToken) {
      if (sessionToken === undefined) {
        return accessKeyId === user.accessKeyId
          ? { identity: userIdentity, secretAccessKey: user.secretAccessKey }
          : "unknownKey";
      }
      const [claims, seal] = sessionToken.split(".");
      if (claims === undefined || seal === undefined) return "badToken";
      const wanted = derive("session-token", claims);
      const given = Buffer.from(seal, "base64");
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return "badToken";
      if (accessKeyId !== keyOf(claims)) return "unknownKey";
      const { expires, ...identity } = JSON.parse(Buffer.from(claims, "base64").toString()) as Claims & Identity;
      if (expires !== undefined && Date.now() >= expires) return "expiredToken";
      return { identity, secretAccessKey: secretOf(claims) };
    },
  };
}
