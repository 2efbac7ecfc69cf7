/** The keys that may sign requests: the user's own, and one session per function (what its role's credentials are on AWS). */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Identity } from "../service.ts";

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface Credentials {
  /**
   * Session credentials for a function's role. The same identity always gets the same ones, in later runs of the server too:
   * they are derived from the server's key, so nothing is stored and functions that outlive a restart go on working.
   */
  issue(identity: Identity): SessionCredentials;
  /** Whose key it is and its secret; `unknownKey` or `badToken` when this server did not give it out. */
  find(
    accessKeyId: string,
    sessionToken: string | undefined,
  ): { readonly identity: Identity; readonly secretAccessKey: string } | "unknownKey" | "badToken";
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** `prefix` and 16 characters, the form of AWS's access key ids. */
export function accessKeyIdOf(prefix: string, bytes: Uint8Array): string {
  return prefix + Array.from(bytes.subarray(0, 20 - prefix.length), (byte) => BASE32[byte % 32]).join("");
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
    issue(identity) {
      const { accountId, arn, userId, userName } = identity;
      const claims = Buffer.from(JSON.stringify({ accountId, arn, userId, userName })).toString("base64");
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
      const identity = JSON.parse(Buffer.from(claims, "base64").toString()) as Identity;
      return { identity, secretAccessKey: secretOf(claims) };
    },
  };
}
