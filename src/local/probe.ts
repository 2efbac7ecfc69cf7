/** Whether the server that `server.json` names is there and is ours. */
import { randomBytes } from "node:crypto";
import { get } from "node:http";
import type { LocalServer } from "./control.ts";
import { STATUS_PATH, type StatusDocument, statusProof } from "./protocol.ts";

const DEADLINE_MS = 5_000;

/** True when it answers with the proof that only this state folder's server can give. */
export function answers(server: LocalServer): Promise<boolean> {
  const nonce = randomBytes(16).toString("hex");
  return new Promise((resolve) => {
    const request = get(
      {
        host: "127.0.0.1",
        port: server.port,
        path: `${STATUS_PATH}?nonce=${nonce}`,
        agent: false,
        timeout: DEADLINE_MS,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
          if (text.length > 4096) request.destroy();
        });
        response.on("close", () => resolve(proves(text, server, nonce)));
      },
    );
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}

function proves(text: string, server: LocalServer, nonce: string): boolean {
  try {
    const { pid, proof } = JSON.parse(text) as StatusDocument;
    return pid === server.pid && proof === statusProof(server.secretAccessKey, nonce);
  } catch {
    return false;
  }
}
