/** Pending → Active and InProgress → Successful: unpacks in the background, as AWS does, and takes up what a crash cut short. */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../../errors.ts";
import type { CodeFacts, FunctionRecord, FunctionSettings } from "../model.ts";
import { awsTime } from "../model.ts";
import { type FunctionStore, sameLayers } from "./function-store.ts";
import type { LayerStore } from "./layer-store.ts";

/** Shortest time in Pending or InProgress, in ms: on AWS nothing is Active at once, and callers must wait for it. */
const CHANGE_MS = 100;

export interface DeployerPorts {
  readonly functions: FunctionStore;
  readonly layers: LayerStore;
  /** Ends the environments of revisions before the current one; resolves when their folders are not in use any more. */
  readonly retire: (functionName: string) => Promise<void>;
  /** A function became able to serve. */
  readonly ready: (functionName: string) => void;
}

export class Deployer {
  readonly #ports: DeployerPorts;
  readonly #closed = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(ports: DeployerPorts) {
    this.#ports = ports;
  }

  /**
   * Makes the change known (Pending or InProgress) and begins with it.
   * @param deployment the folder to make; that of the record when code and layers stay as they are
   */
  async begin(
    record: FunctionRecord,
    settings: FunctionSettings,
    code: CodeFacts,
    deployment: string,
  ): Promise<FunctionRecord> {
    const changed: FunctionRecord = {
      ...record,
      LastModified: awsTime(),
      RevisionId: randomUUID(),
      ...(record.State === "Pending" ? {} : { LastUpdateStatus: "InProgress" as const }),
      next: { deployment, settings, code },
    };
    await this.#ports.functions.save(changed);
    this.#start(changed);
    return changed;
  }

  /** Goes on with every change that was under way when the server ended. */
  resume(): void {
    for (const record of this.#ports.functions.all()) if (record.next) this.#start(record);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all(this.#running);
  }

  #start(record: FunctionRecord): void {
    const run = this.#apply(record)
      .catch((error: unknown) => this.#fail(record, messageOf(error)))
      // Known here that it failed, and not on a disk that is full: the next server begins anew.
      .catch(() => {})
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async #apply({ FunctionName: name, next, deployment: before, Layers: layersBefore }: FunctionRecord): Promise<void> {
    const { functions, layers } = this.#ports;
    const { deployment, settings, code } = next!;
    const soonest = delay(CHANGE_MS, undefined, { signal: this.#closed.signal }).catch(() => {});
    if (deployment !== before || !sameLayers(layersBefore, settings.Layers)) {
      const folders = settings.Layers.map(({ Arn }) => layers.content(layers.find(Arn)!));
      await functions.unpack(name, deployment, before, folders);
    }
    await soonest;
    // Whatever was changed meanwhile (tags, policy) stays; a function deleted meanwhile stays deleted.
    const current = functions.get(name);
    if (this.#closed.signal.aborted || current?.next?.deployment !== deployment) return;
    const { next: _done, StateReason: _state, LastUpdateStatusReason: _update, ...rest } = current;
    const generation = randomUUID();
    await functions.save({
      ...rest,
      ...settings,
      ...code,
      deployment,
      generation,
      State: "Active",
      LastUpdateStatus: "Successful",
    });
    const retired = this.#ports.retire(name);
    if (before !== deployment) void retired.then(() => functions.removeDeployment(name, before)).catch(() => {});
    this.#ports.ready(name);
  }

  async #fail({ FunctionName: name, next }: FunctionRecord, reason: string): Promise<void> {
    const current = this.#ports.functions.get(name);
    if (current?.next?.deployment !== next!.deployment) return;
    const { next: _failed, ...rest } = current;
    await this.#ports.functions.save(
      current.State === "Pending"
        ? { ...rest, State: "Failed", StateReason: reason, LastUpdateStatus: "Failed", LastUpdateStatusReason: reason }
        : { ...rest, LastUpdateStatus: "Failed", LastUpdateStatusReason: reason },
    );
  }
}
