/** Sends events to a server that is killed now and then, each until it is acknowledged, and knows what must come out. */
import { createHash } from "node:crypto";
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { LocalServer } from "../../../src/local/control.ts";
import { type RawRequest, send, sign } from "../../helpers/local-signed.ts";

/** What one event asks for. */
export interface SoakEvent {
  readonly request: Pick<RawRequest, "method" | "path" | "headers" | "body">;
  readonly service: "s3" | "lambda";
  /** `BUCKET/KEY` of its output. */
  readonly output: string;
  readonly content: string;
}

export class Load {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #expected = new Map<string, string>();
  readonly #server: LocalServer;
  /** Events that were sent again, because nobody answered. */
  repeated = 0;

  constructor(server: LocalServer) {
    this.#server = server;
  }

  get acknowledged(): number {
    return this.#expected.size;
  }

  /** `BUCKET/KEY` → ETag (the MD5, as S3 gives it) of the outputs of what was acknowledged. */
  get expected(): ReadonlyMap<string, string> {
    return this.#expected;
  }

  /** Sends all of them, `parallel` at a time. Throws when one is refused. */
  async sendAll(events: readonly SoakEvent[], parallel: number): Promise<void> {
    let next = 0;
    const sender = async (): Promise<void> => {
      for (let event = events[next++]; event !== undefined; event = events[next++]) await this.#deliver(event);
    };
    await Promise.all(Array.from({ length: parallel }, sender));
    this.#agent.destroy();
  }

  async #deliver({ request, service, output, content }: SoakEvent): Promise<void> {
    const { port, region, accessKeyId, secretAccessKey } = this.#server;
    for (;;) {
      const signed = sign({ ...request, port, agent: this.#agent }, { service, region, accessKeyId, secretAccessKey });
      const answer = await send(signed).catch(() => undefined);
      if (answer && answer.status < 300) break;
      if (answer) throw new Error(`${request.path}: ${answer.status} ${answer.text}`);
      // Killed: another server comes.
      this.repeated++;
      await sleep(50);
    }
    this.#expected.set(output, createHash("md5").update(content).digest("hex"));
  }
}
