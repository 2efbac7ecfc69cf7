/** Launch templates: in memory, and whole in `ec2/launch-templates.json` of the state folder after each change. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readJsonFile, writePrivateFile } from "../state-file.ts";
import type { Parameters } from "./parameters.ts";

export interface TemplateVersion {
  readonly number: number;
  /** ISO time, whole seconds. */
  readonly created: string;
  /** ARN. */
  readonly createdBy: string;
  readonly description?: string;
  /** `LaunchTemplateData` as it was sent. */
  readonly data: Parameters;
}

export interface LaunchTemplate {
  /** `lt-` and 17 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly created: string;
  readonly createdBy: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Number of the default version. */
  readonly defaultVersion: number;
  /** By number, ascending; at least one. */
  readonly versions: readonly TemplateVersion[];
  /** Highest number given so far: numbers are not used again. */
  readonly latest: number;
  /** Of the request that made it. */
  readonly clientToken?: string;
}

export class TemplateStore {
  readonly #file: string;
  #templates: ReadonlyMap<string, LaunchTemplate>;

  constructor(stateFolder: string) {
    const folder = join(stateFolder, "ec2");
    this.#file = join(folder, "launch-templates.json");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const known = readJsonFile<readonly LaunchTemplate[]>(this.#file) ?? [];
    this.#templates = new Map(known.map((template) => [template.id, template]));
  }

  get(id: string): LaunchTemplate | undefined {
    return this.#templates.get(id);
  }

  named(name: string): LaunchTemplate | undefined {
    return this.all().find((template) => template.name === name);
  }

  /** In the order in which they were made. */
  all(): readonly LaunchTemplate[] {
    return [...this.#templates.values()];
  }

  put(template: LaunchTemplate): LaunchTemplate {
    this.#save(new Map(this.#templates).set(template.id, template));
    return template;
  }

  delete(id: string): void {
    this.#save(new Map([...this.#templates].filter(([key]) => key !== id)));
  }

  /** What cannot be written is not done. */
  #save(templates: ReadonlyMap<string, LaunchTemplate>): void {
    writePrivateFile(this.#file, JSON.stringify([...templates.values()]));
    this.#templates = templates;
  }
}
