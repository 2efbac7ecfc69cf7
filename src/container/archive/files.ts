import { ScarError } from "../../errors.ts";
import { parseJson, sha256 } from "../../registry/config.ts";
import type { LayerSource } from "../../registry/image.ts";
import type { Extent, TarFile } from "../tar/random-access.ts";

/** The files of one image archive, by name; every failure names the archive and the file. */
export class ArchiveFiles {
  /** As the user wrote it: for messages. */
  readonly path: string;
  readonly #tar: TarFile;

  constructor(path: string, tar: TarFile) {
    this.path = path;
    this.#tar = tar;
  }

  has(name: string): boolean {
    return this.#tar.find(name) !== undefined;
  }

  /** Throws ScarError `ImageArchiveCutShort` or `MissingFromImage` when the file is not there. */
  read(name: string, what: string): Promise<Buffer> {
    return this.#tar.read(this.#find(name, what));
  }

  async json<T>(name: string, what: string): Promise<T> {
    return parseJson<T>((await this.read(name, what)).toString("utf8"), `${what} (${name})`, this.path);
  }

  /** Reads a file named by its digest. Throws ScarError `DigestMismatch` when the content has another. */
  async blob(digest: string, what: string): Promise<Buffer> {
    const data = await this.read(blobName(digest), what);
    if (sha256(data) !== digest) throw this.mismatch(what, digest, sha256(data));
    return data;
  }

  layer(name: string, diffId: string): LayerSource {
    const extent = this.#find(name, "the layer");
    return { digest: diffId, size: extent.size, open: async () => this.#tar.stream(extent) };
  }

  mismatch(what: string, wanted: string, found: string): ScarError {
    return new ScarError("DigestMismatch", `${this.path}: ${what} is damaged: its digest is ${found}, not ${wanted}`, {
      hint: "make the archive again",
    });
  }

  #find(name: string, what: string): Extent {
    const extent = this.#tar.find(name);
    if (extent !== undefined) return extent;
    throw this.missing(`${what} ${name}`);
  }

  missing(what: string): ScarError {
    const { cutShort } = this.#tar;
    if (cutShort === undefined) return new ScarError("MissingFromImage", `${this.path}: ${what} is missing`);
    return new ScarError("ImageArchiveCutShort", `${this.path} is cut short: ${cutShort}; ${what} is not there`, {
      hint: "copy or save the image again",
    });
  }

  /** Throws ScarError `ImageArchiveCutShort` when something is missing at the end. */
  assertWhole(): void {
    const { cutShort } = this.#tar;
    if (cutShort === undefined) return;
    throw new ScarError("ImageArchiveCutShort", `${this.path} is cut short: ${cutShort}`, {
      hint: "copy or save the image again",
    });
  }
}

export function blobName(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}
