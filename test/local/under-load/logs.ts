import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { expect } from "vitest";
import type { LocalServer } from "../../../src/local/control.ts";
import { clientConfig } from "../../helpers/local-clients.ts";
import { Ledger, untilGone, type Writer } from "./writer.ts";

const BATCH = 3;

/** Appends to one stream. A batch that was not acknowledged may be there in part, but no event may. */
export class EventWriter implements Writer {
  readonly name: string;
  readonly #stream: { readonly logGroupName: string; readonly logStreamName: string };
  #kept: string[] = [];
  #asked: string[] = [];
  #logs!: CloudWatchLogsClient;
  acknowledged = 0;

  constructor(name: string) {
    this.name = name;
    this.#stream = { logGroupName: name, logStreamName: "stream" };
  }

  async prepare(server: LocalServer): Promise<void> {
    this.#logs = new CloudWatchLogsClient(clientConfig(server));
    await this.#logs.send(new CreateLogGroupCommand({ logGroupName: this.name }));
    await this.#logs.send(new CreateLogStreamCommand(this.#stream));
  }

  write(killed: AbortSignal): Promise<void> {
    return untilGone(killed, async (n) => {
      this.#asked = Array.from({ length: BATCH }, (_, i) => `${Date.now()} ${n} ${i} ${"z".repeat((n * 37) % 5000)}`);
      const logEvents = this.#asked.map((message) => ({ timestamp: Date.now(), message }));
      await this.#logs.send(new PutLogEventsCommand({ ...this.#stream, logEvents }));
      this.#kept.push(...this.#asked);
      this.#asked = [];
      this.acknowledged++;
    });
  }

  async check(): Promise<void> {
    const seen: string[] = [];
    for (let nextToken: string | undefined; ; ) {
      const request = { ...this.#stream, startFromHead: true, ...(nextToken !== undefined && { nextToken }) };
      const page = await this.#logs.send(new GetLogEventsCommand(request));
      seen.push(...page.events!.map(({ message }) => message!));
      if (page.nextForwardToken === nextToken) break;
      nextToken = page.nextForwardToken;
    }
    const possible = [...this.#kept, ...this.#asked];
    expect(seen.length).toBeGreaterThanOrEqual(this.#kept.length);
    expect(seen).toEqual(possible.slice(0, seen.length));
    this.#kept = seen;
    this.#asked = [];
  }
}

/** Groups made, given a retention and deleted. */
export class GroupWriter implements Writer {
  readonly name = "groups";
  readonly #groups = new Ledger();
  #logs!: CloudWatchLogsClient;

  get acknowledged(): number {
    return this.#groups.acknowledged;
  }

  async prepare(server: LocalServer): Promise<void> {
    this.#logs = new CloudWatchLogsClient(clientConfig(server));
  }

  write(killed: AbortSignal): Promise<void> {
    return untilGone(killed, async (n) => {
      const logGroupName = `group/${n % 6}`;
      switch (this.#groups.held(logGroupName)) {
        case undefined:
          await this.#groups.change(logGroupName, "none", () =>
            this.#logs.send(new CreateLogGroupCommand({ logGroupName })),
          );
          break;
        case "none": {
          const request = new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 30 });
          await this.#groups.change(logGroupName, "30", () => this.#logs.send(request));
          break;
        }
        default:
          await this.#groups.change(logGroupName, undefined, () =>
            this.#logs.send(new DeleteLogGroupCommand({ logGroupName })),
          );
      }
    });
  }

  async check(): Promise<void> {
    const { logGroups = [] } = await this.#logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "group/" }));
    for (const name of this.#groups.keys()) {
      const found = logGroups.find(({ logGroupName }) => logGroupName === name);
      this.#groups.settle(name, found && String(found.retentionInDays ?? "none"));
    }
  }
}
