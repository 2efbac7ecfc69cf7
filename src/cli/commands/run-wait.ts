import { type AsyncPolicy, asyncPolicy, awaitOutcomes } from "../../providers/aws/await-outcomes.ts";
import type { AwsClients } from "../../providers/aws/clients.ts";
import type { InputFile } from "../../providers/aws/fan-out.ts";
import { Outcomes } from "../../providers/aws/outcomes.ts";
import type { CommandContext } from "../command.ts";
import type { RunSummary } from "./run-summary.ts";

/** `run --wait`: what was sent is followed to its end, by the function's log. */
export class Waiting {
  readonly #context: CommandContext;
  readonly #clients: AwsClients;
  readonly #functionName: string;
  readonly #policy: AsyncPolicy;
  #outcomes: Outcomes<InputFile>;
  #since = 0;

  private constructor(context: CommandContext, clients: AwsClients, functionName: string, policy: AsyncPolicy) {
    this.#context = context;
    this.#clients = clients;
    this.#functionName = functionName;
    this.#policy = policy;
    this.#outcomes = new Outcomes(policy.retries);
  }

  /** Before anything is sent: reads what Lambda does with events that fail. Throws `FunctionNotFound`. */
  static async prepare(context: CommandContext, clients: AwsClients, functionName: string): Promise<Waiting> {
    return new Waiting(context, clients, functionName, await asyncPolicy(clients, functionName));
  }

  begin(): void {
    this.#since = Date.now();
    this.#outcomes = new Outcomes(this.#policy.retries);
  }

  expect(requestId: string, file: InputFile): void {
    this.#outcomes.expect(requestId, file);
  }

  /** How many were sent and have not ended. */
  get open(): number {
    return this.#outcomes.open;
  }

  async end(summary: RunSummary): Promise<void> {
    const outcomes = this.#outcomes;
    if (outcomes.open === 0) return;
    const { options, report, world } = this.#context;
    if (options["json"] !== true && options["verbose"] !== true) {
      report.notice(outcomes.open === 1 ? "Waiting for 1 file …" : `Waiting for ${outcomes.open} files …`);
    }
    const awaited = {
      functionName: this.#functionName,
      patience: this.#policy.patience,
      since: this.#since,
      signal: world.signal,
    };
    for await (const { item, failure, requestId } of awaitOutcomes(this.#clients, outcomes, awaited)) {
      if (failure === undefined) summary.succeeded();
      else summary.failed(item, failure, requestId);
    }
    for (const { item, before, requestId } of outcomes.giveUp()) {
      const reason =
        before === undefined ? "its end is not in the log" : `no further attempt is in the log after: ${before}`;
      summary.unknown(item, reason, requestId);
    }
  }
}
