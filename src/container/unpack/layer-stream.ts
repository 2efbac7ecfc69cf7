import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { ScarError } from "../../errors.ts";
import type { LayerSource } from "../../registry/image.ts";
import { decompressed } from "../compression.ts";
import { unlessAborted } from "../unless-aborted.ts";

/** What the layers of one image may still hold, uncompressed. */
export interface Allowance {
  bytes: number;
}

/** Takes a layer's content. */
export interface Sink {
  write(chunk: Buffer): void;
  end(): void;
}

/**
 * Reads a layer, gives its content to `sink` chunk by chunk, and checks its digest at the end. When `signal` is aborted it ends at
 * once with the signal's reason, whatever the source does. Returns the content's bytes. Throws ScarError `DigestMismatch`,
 * `ImageTooLarge`, what {@link decompressed} and the source throw, and what `sink` throws.
 */
export async function readLayer(
  layer: LayerSource,
  name: string,
  sink: Sink,
  allowance: Allowance,
  signal: AbortSignal,
): Promise<number> {
  const hash = createHash("sha256");
  const limit = allowance.bytes;
  let bytes = 0;
  const opened = layer.open();
  // One that opens too late has no reader.
  opened.then((late) => signal.aborted && destroy(late, signal)).catch(() => {});
  const stored = await unlessAborted(opened, signal);
  const stop = () => destroy(stored, signal);
  signal.addEventListener("abort", stop, { once: true });
  try {
    const decoding = decompressed(stored, name);
    decoding.then((late) => signal.aborted && destroy(late, signal)).catch(() => {});
    const content = await unlessAborted(decoding, signal);
    const end = () => destroy(content, signal);
    signal.addEventListener("abort", end, { once: true });
    try {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        allowance.bytes -= chunk.length;
        if (allowance.bytes < 0) throw tooLarge(limit);
        hash.update(chunk);
        sink.write(chunk);
      }
    } finally {
      signal.removeEventListener("abort", end);
    }
    signal.throwIfAborted();
    sink.end();
  } catch (error) {
    destroy(stored, signal);
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  const digest = `sha256:${hash.digest("hex")}`;
  if (digest === layer.digest) return bytes;
  throw new ScarError("DigestMismatch", `the layer is damaged: its digest is ${digest}, not ${layer.digest}`);
}

function destroy(stream: NodeJS.ReadableStream, signal: AbortSignal): void {
  const readable = stream as Readable;
  // What it says now is nobody's concern.
  readable.on("error", () => {});
  readable.destroy?.(signal.aborted && signal.reason instanceof Error ? signal.reason : undefined);
}

function tooLarge(left: number): ScarError {
  return new ScarError(
    "ImageTooLarge",
    `the image is larger, unpacked, than it may be: ${left} bytes were left for this layer and those read beside it`,
  );
}
