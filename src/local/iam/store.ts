/** Roles, customer managed policies and instance profiles: in memory, and whole in `iam/iam.json` of the state folder after each change. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readJsonFile, writePrivateFile } from "../state-file.ts";

export type Tags = Readonly<Record<string, string>>;

export interface RoleRecord {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly path: string;
  /** ISO time, whole seconds. */
  readonly created: string;
  /** Trust policy, as it was given. */
  readonly trust: string;
  readonly description?: string;
  /** Seconds. */
  readonly maxSession: number;
  readonly boundary?: string;
  readonly tags: Tags;
  /** Inline policies: name → document, as it was given. */
  readonly inline: Readonly<Record<string, string>>;
  /** ARNs of managed policies. */
  readonly attached: readonly string[];
}

export interface PolicyVersion {
  /** `v1` … */
  readonly id: string;
  readonly created: string;
  readonly document: string;
}

export interface PolicyRecord {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly path: string;
  readonly created: string;
  readonly updated: string;
  readonly description?: string;
  readonly tags: Tags;
  /** Id of the version in force. */
  readonly defaultVersion: string;
  /** Oldest first. */
  readonly versions: readonly PolicyVersion[];
  /** Number of the next version: numbers are not used again. */
  readonly next: number;
}

export interface InstanceProfileRecord {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly path: string;
  readonly created: string;
  readonly tags: Tags;
  /** Name of its role; it has one at most. */
  readonly role?: string;
}

interface Document {
  readonly roles: readonly RoleRecord[];
  readonly policies: readonly PolicyRecord[];
  readonly instanceProfiles: readonly InstanceProfileRecord[];
}

/** Records by name, which AWS keeps unique without regard to case. */
class Collection<T extends { readonly name: string }> {
  readonly #records: Map<string, T>;
  readonly #changed: () => void;

  constructor(records: readonly T[], changed: () => void) {
    this.#records = new Map(records.map((record) => [record.name.toLowerCase(), record]));
    this.#changed = changed;
  }

  /** The record of exactly that name. */
  get(name: string): T | undefined {
    const record = this.#records.get(name.toLowerCase());
    return record?.name === name ? record : undefined;
  }

  has(name: string): boolean {
    return this.#records.has(name.toLowerCase());
  }

  /** By name. */
  all(): readonly T[] {
    return [...this.#records.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
  }

  put(record: T): T {
    this.#change(record.name, record);
    return record;
  }

  delete(name: string): void {
    this.#change(name, undefined);
  }

  /** What cannot be written is not done. */
  #change(name: string, record: T | undefined): void {
    const key = name.toLowerCase();
    const before = this.#records.get(key);
    this.#set(key, record);
    try {
      this.#changed();
    } catch (error) {
      this.#set(key, before);
      throw error;
    }
  }

  #set(key: string, record: T | undefined): void {
    if (record) this.#records.set(key, record);
    else this.#records.delete(key);
  }
}

export class IamStore {
  readonly accountId: string;
  readonly roles: Collection<RoleRecord>;
  readonly policies: Collection<PolicyRecord>;
  readonly instanceProfiles: Collection<InstanceProfileRecord>;

  constructor(stateFolder: string, accountId: string) {
    const folder = join(stateFolder, "iam");
    const file = join(folder, "iam.json");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.accountId = accountId;
    const { roles = [], policies = [], instanceProfiles = [] } = readJsonFile<Partial<Document>>(file) ?? {};
    const save = (): void => {
      const document: Document = {
        roles: this.roles.all(),
        policies: this.policies.all(),
        instanceProfiles: this.instanceProfiles.all(),
      };
      writePrivateFile(file, JSON.stringify(document));
    };
    this.roles = new Collection(roles, save);
    this.policies = new Collection(policies, save);
    this.instanceProfiles = new Collection(instanceProfiles, save);
  }

  arn(type: "role" | "policy" | "instance-profile", path: string, name: string): string {
    return `arn:aws:iam::${this.accountId}:${type}${path}${name}`;
  }

  roleOfArn(arn: string): RoleRecord | undefined {
    const role = this.roles.get(arn.slice(arn.lastIndexOf("/") + 1));
    return role?.arn === arn ? role : undefined;
  }

  policyOfArn(arn: string): PolicyRecord | undefined {
    const policy = this.policies.get(arn.slice(arn.lastIndexOf("/") + 1));
    return policy?.arn === arn ? policy : undefined;
  }
}

/** Now, as IAM writes times. */
export const awsNow = (): string => `${new Date().toISOString().slice(0, 19)}Z`;
