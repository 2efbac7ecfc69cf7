/** What a server tells the process that started it, over its IPC channel, and how it proves who it is to any other. */
import { createHmac } from "node:crypto";
import type { ScarError } from "../errors.ts";
import type { LocalServer } from "./control.ts";

/** First and only message of a new server. */
export type StartMessage =
  | { readonly type: "ready"; readonly server: LocalServer }
  /** Another server holds the state folder. */
  | { readonly type: "held"; readonly pid: number }
  | {
      readonly type: "failed";
      readonly code: string;
      readonly message: string;
      readonly hint?: string;
      readonly exitCode: ScarError["exitCode"];
    };

/** Unsigned; answers {@link StatusDocument}. */
export const STATUS_PATH = "/_scar/status";

export interface StatusDocument {
  readonly pid: number;
  readonly version: string;
  /** {@link statusProof} of the nonce asked with. */
  readonly proof: string;
}

/** Only the server of that state folder knows the secret, and asking does not give it away. */
export function statusProof(secretAccessKey: string, nonce: string): string {
  return createHmac("sha256", secretAccessKey).update(`scar-local-status\n${nonce}`).digest("hex");
}
