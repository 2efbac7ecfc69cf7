/**
 * Functions on disk: `functions/NAME/function.json`, and beside it a folder for each deployment (`task`, `opt`) and its zip.
 */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { link, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "../../../container/remove-tree.ts";
import { readJsonFile } from "../../state-file.ts";
import { layOver } from "../code/merge.ts";
import { unzip } from "../code/zip.ts";
import type { FunctionRecord, LayerReference } from "../model.ts";
import { writeJson } from "./json-file.ts";

export class FunctionStore {
  readonly #folder: string;
  readonly #functions = new Map<string, FunctionRecord>();
  /** By function, the end of what is being done to its files: one after the other, so that the latest record is the one that stays. */
  readonly #tails = new Map<string, Promise<unknown>>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) {
      // Deleted, and a crash kept it from being removed.
      if (name.startsWith(".")) continue;
      const record = readJsonFile<FunctionRecord>(join(folder, name, "function.json"));
      if (record) this.#functions.set(name, record);
    }
  }

  get(name: string): FunctionRecord | undefined {
    return this.#functions.get(name);
  }

  /** By name. */
  all(): FunctionRecord[] {
    return [...this.#functions.values()].sort((a, b) => (a.FunctionName < b.FunctionName ? -1 : 1));
  }

  /** Sum of what is reserved. */
  totalReserved(): number {
    let total = 0;
    for (const { ReservedConcurrentExecutions = 0 } of this.#functions.values()) total += ReservedConcurrentExecutions;
    return total;
  }

  async save(record: FunctionRecord): Promise<void> {
    const name = record.FunctionName;
    this.#functions.set(name, record);
    await this.#inTurn(name, () => writeJson(this.#path(name, "function.json"), record));
  }

  /** Takes a zip over: it is this function's code in `deployment`. */
  async keepZip(name: string, deployment: string, zip: string): Promise<void> {
    await this.#inTurn(name, async () => {
      await mkdir(this.#path(name), { recursive: true, mode: 0o700 });
      await rename(zip, this.#path(name, `${deployment}.zip`));
    });
  }

  /**
   * Makes a deployment's folder: code from its zip, or, when it has none, from the deployment before it; the layers in order.
   * @param layers folders with the layers' files, in the function's order.
   */
  async unpack(name: string, deployment: string, before: string, layers: readonly string[]): Promise<void> {
    const zip = this.#path(name, `${deployment}.zip`);
    const staging = this.#path(name, `${deployment}.tmp`);
    // Whole by the rename below: a server that was killed right after it need not begin anew.
    if (existsSync(this.#path(name, deployment))) return this.#carryZip(name, before, deployment);
    await removeTree(staging);
    await mkdir(join(staging, "opt"), { recursive: true, mode: 0o755 });
    if (existsSync(zip)) await unzip(zip, join(staging, "task"));
    else await layOver(this.task(name, before), join(staging, "task"));
    for (const layer of layers) await layOver(layer, join(staging, "opt"));
    await rename(staging, this.#path(name, deployment));
    await this.#carryZip(name, before, deployment);
  }

  /** The zip that is the code of a deployment; undefined: an older server did not keep it. */
  zip(name: string, deployment: string): string | undefined {
    const zip = this.#path(name, `${deployment}.zip`);
    return existsSync(zip) ? zip : undefined;
  }

  /** A deployment with other layers has the code of the one before. */
  async #carryZip(name: string, before: string, deployment: string): Promise<void> {
    const zip = this.zip(name, before);
    if (zip && !this.zip(name, deployment)) await link(zip, this.#path(name, `${deployment}.zip`));
  }

  task(name: string, deployment: string): string {
    return this.#path(name, deployment, "task");
  }

  opt(name: string, deployment: string): string {
    return this.#path(name, deployment, "opt");
  }

  async removeDeployment(name: string, deployment: string): Promise<void> {
    if (deployment === "") return;
    await rm(this.#path(name, `${deployment}.zip`), { force: true });
    await removeTree(this.#path(name, deployment));
  }

  /** Removes what a crash left: folders and zips that no record names. */
  async sweep(): Promise<void> {
    for (const name of readdirSync(this.#folder)) {
      const record = this.#functions.get(name);
      const next = record?.next?.deployment;
      const current = record?.deployment;
      const kept = new Set(["function.json", current, `${current}.zip`, next, `${next}.zip`]);
      for (const entry of readdirSync(this.#path(name))) {
        if (!record || !kept.has(entry)) await removeTree(this.#path(name, entry));
      }
      if (!record) await removeTree(this.#path(name));
    }
  }

  /** Takes the name, then the zip: a second function of the name is refused meanwhile. */
  async add(record: FunctionRecord, deployment: string, zip: string): Promise<void> {
    this.#functions.set(record.FunctionName, record);
    try {
      await this.keepZip(record.FunctionName, deployment, zip);
    } catch (error) {
      this.#functions.delete(record.FunctionName);
      throw error;
    }
  }

  /**
   * Gone for callers, and from the disk as far as a restart sees it, when it resolves; the files of its environments go later.
   * @param retire ends them; called when the function is not known any more
   */
  async forget(name: string, retire: () => Promise<void>): Promise<void> {
    this.#functions.delete(name);
    const grave = join(this.#folder, `.${name}.${randomUUID()}`);
    await this.#inTurn(name, () => rename(this.#path(name), grave));
    void retire()
      .then(() => removeTree(grave))
      .catch(() => {});
  }

  async #inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#tails.get(name) ?? Promise.resolve()).then(work);
    const tail = turn.catch(() => {});
    this.#tails.set(name, tail);
    try {
      return await turn;
    } finally {
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    }
  }

  #path(...parts: string[]): string {
    return join(this.#folder, ...parts);
  }
}

export function sameLayers(a: readonly LayerReference[], b: readonly LayerReference[]): boolean {
  return a.length === b.length && a.every((layer, i) => layer.Arn === b[i]!.Arn);
}
