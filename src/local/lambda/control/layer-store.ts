/** Layer versions on disk: `layers/NAME/VERSION/{layer.json,content,layer.zip}`. Version numbers are never given twice. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "../../../container/remove-tree.ts";
import { readJsonFile } from "../../state-file.ts";
import { inspectZip, unzip } from "../code/zip.ts";
import { awsTime, type CodeFacts, type LayerReference, type LayerVersionRecord, LIMITS } from "../model.ts";
import { layerArn, type Place, parseLayerVersionArn } from "../names.ts";
import { invalid } from "./input.ts";
import { writeJson } from "./json-file.ts";

const ZIP = "layer.zip";

export interface NewLayer {
  readonly name: string;
  readonly description: string;
  readonly runtimes: readonly string[];
  readonly architectures: readonly string[];
  readonly license?: string;
}

export class LayerStore {
  readonly #folder: string;
  readonly #place: Place;
  readonly #layers = new Map<string, LayerVersionRecord[]>();
  /** Highest version ever published, by layer; deleted ones count. */
  readonly #last = new Map<string, number>();
  /** The last publication under way, by layer. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(folder: string, place: Place) {
    this.#folder = folder;
    this.#place = place;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) {
      const last = readJsonFile<{ last: number }>(join(folder, name, "versions.json"))?.last ?? 0;
      const versions = readdirSync(join(folder, name))
        .filter((entry) => /^\d+$/.test(entry))
        .sort((a, b) => Number(a) - Number(b))
        .map((version) => readJsonFile<LayerVersionRecord>(join(folder, name, version, "layer.json")))
        .filter((record) => record !== undefined);
      this.#last.set(name, Math.max(last, versions.at(-1)?.Version ?? 0));
      if (versions.length > 0) this.#layers.set(name, versions);
    }
  }

  async publish(layer: NewLayer, zip: string, code: CodeFacts): Promise<LayerVersionRecord> {
    const { unzippedSize } = await inspectZip(zip);
    if (unzippedSize > LIMITS.unzipped) invalid(`Unzipped size must be smaller than ${LIMITS.unzipped} bytes`);
    const staging = join(this.#folder, layer.name, `.${randomUUID()}.tmp`);
    await mkdir(staging, { recursive: true, mode: 0o755 });
    await unzip(zip, join(staging, "content"));
    await rename(zip, join(staging, ZIP));
    return this.#inTurn(layer.name, () => this.#number(layer, staging, { ...code, UnzippedSize: unzippedSize }));
  }

  /** Makes what was unpacked the next version. One at a time: who sees a version sees all before it. */
  async #number(
    layer: NewLayer,
    staging: string,
    code: CodeFacts & Pick<LayerVersionRecord, "UnzippedSize">,
  ): Promise<LayerVersionRecord> {
    const version = (this.#last.get(layer.name) ?? 0) + 1;
    this.#last.set(layer.name, version);
    const arn = layerArn(this.#place, layer.name);
    const record: LayerVersionRecord = {
      LayerName: layer.name,
      LayerArn: arn,
      LayerVersionArn: `${arn}:${version}`,
      Version: version,
      Description: layer.description,
      CreatedDate: awsTime(),
      CompatibleRuntimes: layer.runtimes,
      CompatibleArchitectures: layer.architectures,
      ...(layer.license === undefined ? {} : { LicenseInfo: layer.license }),
      ...code,
    };
    await writeJson(join(this.#folder, layer.name, "versions.json"), { last: version });
    await writeJson(join(staging, "layer.json"), record);
    await rename(staging, join(this.#folder, layer.name, String(version)));
    this.#layers.set(layer.name, [...this.versions(layer.name), record]);
    return record;
  }

  #inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(work);
    this.#turns.set(
      name,
      turn.catch(() => {}),
    );
    return turn;
  }

  /** Oldest first. */
  versions(name: string): readonly LayerVersionRecord[] {
    return this.#layers.get(name) ?? [];
  }

  names(): string[] {
    return [...this.#layers.keys()].sort();
  }

  find(arn: string): LayerVersionRecord | undefined {
    const parsed = parseLayerVersionArn(arn);
    const record = parsed && this.versions(parsed.name).find((version) => version.Version === parsed.version);
    return record?.LayerVersionArn === arn ? record : undefined;
  }

  reference(arn: string): LayerReference | undefined {
    const record = this.find(arn);
    return record && { Arn: record.LayerVersionArn, CodeSize: record.CodeSize };
  }

  /** Bytes of the zips of all versions. */
  totalCodeSize(): number {
    return [...this.#layers.values()].flat().reduce((sum, { CodeSize }) => sum + CodeSize, 0);
  }

  /** The zip that was published; undefined: an older server did not keep it. */
  zip({ LayerName, Version }: LayerVersionRecord): string | undefined {
    const zip = join(this.#folder, LayerName, String(Version), ZIP);
    return existsSync(zip) ? zip : undefined;
  }

  /** Folder with the unpacked files. */
  content(record: LayerVersionRecord): string {
    return join(this.#folder, record.LayerName, String(record.Version), "content");
  }

  /** Functions that use it keep what they have: their /opt holds hard links to its files. */
  async delete(name: string, version: number): Promise<void> {
    const versions = this.versions(name);
    const left = versions.filter((record) => record.Version !== version);
    if (left.length === versions.length) return;
    if (left.length > 0) this.#layers.set(name, left);
    else this.#layers.delete(name);
    const grave = join(this.#folder, name, `.${version}.deleted`);
    await rename(join(this.#folder, name, String(version)), grave);
    await removeTree(grave);
  }

  /** Removes what a crash left of versions that were being published or deleted. */
  async sweep(): Promise<void> {
    for (const name of readdirSync(this.#folder)) {
      const left = readdirSync(join(this.#folder, name)).filter((entry) => entry.startsWith("."));
      for (const entry of left) await removeTree(join(this.#folder, name, entry));
    }
  }
}
