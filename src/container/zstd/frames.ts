/**
 * Takes a zstd stream (RFC 8878) apart without decoding it. Neither decoder does this part: Node's own stops after the first frame and
 * does not notice when one is cut short, fzstd takes any window and gives all that a chunk stands for at once.
 */
import { ScarError } from "../../errors.ts";

/** Where pieces end: at the ends of frames only, or also at the end of each block (at most 128 KiB of output). */
export type Cut = "frames" | "blocks";

/** Bytes of a window: what zstd's own command takes without being asked for more. */
export const WINDOW_LIMIT = 128 * 1024 * 1024;

/** RFC 8878, 3.1.1.2.4. */
const BLOCK_LIMIT = 128 * 1024;

const FRAME_MAGIC = 0xfd2fb528;
/** The last four bits are free. */
const SKIPPABLE_MAGIC = 0x184d2a50;

type State = "magic" | "skippable size" | "frame header" | "block header" | "block" | "checksum" | "skipped";

/** Where decoders have nothing to read. */
const OUTSIDE: ReadonlySet<State> = new Set(["magic", "skippable size", "skipped"]);

/** Follows a stream's structure. */
export class ZstdFrames {
  readonly #cut: Cut;
  #state: State = "magic";
  /** Bytes of the current state still to come. */
  #missing = 4;
  /** The bytes of the current field (not of blocks). */
  #field: number[] = [];
  #hasChecksum = false;
  #isLastBlock = false;

  constructor(cut: Cut) {
    this.#cut = cut;
  }

  /**
   * The pieces of the next chunk, without what decoders have no use for. No piece goes beyond the end of a frame (or block). Throws
   * ScarError `DamagedLayer`, and `UnsafeImage` for a window of more than {@link WINDOW_LIMIT}.
   */
  *pieces(chunk: Buffer): Generator<Buffer> {
    // Of a magic number that came in two chunks nothing was given out: it might have been a skippable frame's.
    let held = OUTSIDE.has(this.#state) && this.#field.length > 0;
    let start = 0;
    for (let at = 0; at < chunk.length; ) {
      const take = Math.min(this.#missing, chunk.length - at);
      if (this.#state !== "block" && this.#state !== "skipped") this.#field.push(...chunk.subarray(at, at + take));
      at += take;
      this.#missing -= take;
      if (this.#missing > 0) continue;
      const before = this.#state;
      this.#advance();
      if (before === "magic") {
        if (held && this.#state === "frame header") yield Buffer.from(this.#field);
        start = held ? at : at - 4;
        held = false;
      }
      const ended = this.#state === "magic" || (this.#cut === "blocks" && before === "block");
      if (ended) {
        if (at > start && !OUTSIDE.has(before)) yield chunk.subarray(start, at);
        start = at;
      }
    }
    if (start < chunk.length && !OUTSIDE.has(this.#state)) yield chunk.subarray(start);
  }

  /** Call when the stream has ended. Throws ScarError `DamagedLayer` when it ended inside a frame. */
  end(): void {
    if (this.#state !== "magic" || this.#field.length > 0) throw damaged("it is cut short");
  }

  #advance(): void {
    const field = this.#field;
    switch (this.#state) {
      case "magic":
        this.#magic(littleEndian(field));
        return;
      case "skippable size":
        this.#enter("skipped", littleEndian(field.slice(4)));
        return;
      case "frame header":
        this.#frameHeader(field);
        return;
      case "block header":
        this.#blockHeader(littleEndian(field));
        return;
      case "block":
        if (!this.#isLastBlock) this.#enter("block header", 3);
        else if (this.#hasChecksum) this.#enter("checksum", 4);
        else this.#enter("magic", 4);
        return;
      case "checksum":
      case "skipped":
        this.#enter("magic", 4);
    }
  }

  #enter(state: State, missing: number): void {
    this.#state = state;
    this.#missing = missing;
    this.#field = [];
    if (missing === 0) this.#advance();
  }

  #magic(magic: number): void {
    if (magic === FRAME_MAGIC) {
      // The descriptor is needed to know how long the header is.
      this.#state = "frame header";
      this.#missing = 1;
    } else if ((magic & 0xfffffff0) === SKIPPABLE_MAGIC) {
      this.#state = "skippable size";
      this.#missing = 4;
    } else throw damaged("what follows a frame is none");
  }

  #frameHeader(field: readonly number[]): void {
    const descriptor = field[4]!;
    const single = (descriptor & 0x20) !== 0;
    const idBytes = [0, 1, 2, 4][descriptor & 3]!;
    const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
    const length = 5 + (single ? 0 : 1) + idBytes + sizeBytes;
    if (field.length < length) {
      this.#missing = length - field.length;
      return;
    }
    if ((descriptor & 8) !== 0) throw damaged("a frame has a bit set that has no meaning");
    if (littleEndian(field.slice(length - sizeBytes - idBytes, length - sizeBytes)) !== 0) {
      throw damaged("it was compressed with a dictionary");
    }
    const window = single
      ? littleEndian(field.slice(length - sizeBytes)) + (sizeBytes === 2 ? 256 : 0)
      : windowOf(field[5]!);
    if (window > WINDOW_LIMIT) {
      throw new ScarError(
        "UnsafeImage",
        `hostile or damaged image: zstd would need ${window} bytes of memory for its window; at most ${WINDOW_LIMIT} are given`,
        { hint: "compress the image again, without zstd's --long or --ultra" },
      );
    }
    this.#hasChecksum = (descriptor & 4) !== 0;
    this.#enter("block header", 3);
  }

  #blockHeader(header: number): void {
    this.#isLastBlock = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type === 3 || size > BLOCK_LIMIT) throw damaged("a block is of no known kind or too long");
    // One byte stands for all of an RLE block.
    this.#enter("block", type === 1 ? 1 : size);
  }
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function littleEndian(bytes: readonly number[]): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}

function damaged(why: string): ScarError {
  return new ScarError("DamagedLayer", `its zstd stream is damaged: ${why}`);
}
