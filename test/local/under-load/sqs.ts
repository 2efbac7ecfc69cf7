import { expect } from "vitest";
import type { LocalServer } from "../../../src/local/control.ts";
import { createQueue, sqs } from "../../helpers/sqs.ts";
import { untilGone, type Writer } from "./writer.ts";

/** Messages sent; those found after the restart are deleted, and must not come back. */
export class MessageWriter implements Writer {
  readonly name = "messages";
  #sent = new Set<string>();
  readonly #deleted = new Set<string>();
  #server!: LocalServer;
  #queue!: string;
  acknowledged = 0;

  async prepare(server: LocalServer): Promise<void> {
    this.#server = server;
    this.#queue = (await createQueue(server, this.name)).url;
  }

  write(killed: AbortSignal): Promise<void> {
    return untilGone(killed, async (n) => {
      const MessageBody = `${Date.now()} ${n}`;
      await sqs(this.#server, "SendMessage", { QueueUrl: this.#queue, MessageBody });
      this.#sent.add(MessageBody);
      this.acknowledged++;
    });
  }

  async check(): Promise<void> {
    const request = { QueueUrl: this.#queue, MaxNumberOfMessages: 10 };
    const seen: string[] = [];
    for (;;) {
      const { Messages = [] } = await sqs(this.#server, "ReceiveMessage", request);
      if (Messages.length === 0) break;
      for (const { Body, ReceiptHandle } of Messages) {
        seen.push(Body);
        await sqs(this.#server, "DeleteMessage", { QueueUrl: this.#queue, ReceiptHandle });
      }
    }
    // One that was not acknowledged may be there too.
    expect(seen).toEqual(expect.arrayContaining([...this.#sent]));
    expect(seen.filter((body) => this.#deleted.has(body))).toEqual([]);
    for (const body of seen) this.#deleted.add(body);
    this.#sent = new Set();
  }
}
