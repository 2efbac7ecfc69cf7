/** REST APIs: in memory, and each whole in `apigateway/ID.json` of the state folder after each change. */
import { randomInt } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readJsonFile, writePrivateFile } from "../state-file.ts";
import type { RestApi } from "./model.ts";

export class ApiStore {
  readonly #folder: string;
  readonly #apis: Map<string, RestApi>;

  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, "apigateway");
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const names = readdirSync(this.#folder);
    // What a killed server was writing.
    for (const name of names) if (name.endsWith(".tmp")) rmSync(join(this.#folder, name), { force: true });
    const files = names.filter((name) => /^[a-z0-9]+\.json$/.test(name));
    const known = files.map((name) => readJsonFile<RestApi>(join(this.#folder, name))!);
    this.#apis = new Map(known.map((api) => [api.id, api]));
  }

  get(id: string): RestApi | undefined {
    return this.#apis.get(id);
  }

  /** By id. */
  all(): readonly RestApi[] {
    return [...this.#apis.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** What cannot be written is not done. */
  put(api: RestApi): RestApi {
    writePrivateFile(this.#file(api.id), JSON.stringify(api));
    this.#apis.set(api.id, api);
    return api;
  }

  delete(id: string): void {
    rmSync(this.#file(id), { force: true });
    this.#apis.delete(id);
  }

  #file(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}

const CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** An identifier that none of `taken` is. */
export function newId(length: number, taken: (id: string) => boolean): string {
  for (;;) {
    const id = Array.from({ length }, () => CHARACTERS[randomInt(CHARACTERS.length)]).join("");
    if (!taken(id)) return id;
  }
}

/** Now, as API Gateway writes times: whole seconds. */
export const awsNow = (): number => Math.floor(Date.now() / 1000);
