import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allowsSending } from "../../../src/local/sqs/policy.ts";
import { Queue } from "../../../src/local/sqs/queue.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scar-sqs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const { signal } = new AbortController();
const queue = () => new Queue(folder, { name: "q", created: 0, modified: 0, attributes: {}, tags: {} });
const content = (body: string) => ({ body, attributes: {}, senderId: "s", sentAt: Date.now() });
const files = (): string[] => readdirSync(join(folder, "messages")).map((name) => join(folder, "messages", name));

describe("a queue whose files were damaged", () => {
  it("serves what follows, also to those who wait", async () => {
    const q = queue();
    q.send(content("first"), 50);
    for (const file of files()) writeFileSync(file, "");
    q.send(content("second"), 60);
    const [received] = await q.receive({ most: 10, waitMs: 5000, signal });
    expect(received?.content.body).toBe("second");
    q.close();
  });

  it("keeps what it cannot read now, and gives out what it can", async () => {
    const q = queue();
    q.send(content("good"));
    q.send(content("odd"));
    const odd = files().sort()[1]!;
    rmSync(odd);
    // Reading it fails, and not because it is gone.
    mkdirSync(odd);
    const received = await q.receive({ most: 10, visibilityMs: 1, waitMs: 0, signal });
    expect(received.map((one) => one.content.body)).toEqual(["good"]);
    rmSync(odd, { recursive: true });
    writeFileSync(odd, JSON.stringify(content("odd")));
    const bodies = new Set<string>();
    while (bodies.size < 2) {
      for (const one of await q.receive({ most: 10, visibilityMs: 1, waitMs: 1000, signal }))
        bodies.add(one.content.body);
    }
    expect(bodies).toEqual(new Set(["good", "odd"]));
    q.close();
  });
});

it("a policy with empty places allows nothing by them", () => {
  const sender = { service: "s3.amazonaws.com", sourceArn: "arn:aws:s3:::b", sourceAccount: "000000000000" };
  const all = { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" };
  const allows = (Statement: unknown): boolean =>
    allowsSending(JSON.stringify({ Statement }), "arn:aws:sqs:r:a:q", sender);
  expect(allows([null])).toBe(false);
  expect(allows([{ ...all, Condition: { StringEquals: null } }])).toBe(false);
  expect(allows([null, { ...all, Condition: null }])).toBe(true);
});
