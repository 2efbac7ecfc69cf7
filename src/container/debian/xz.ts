/** Decompresses xz. The decoder is WebAssembly, made when it is first needed. */

/** The data in pieces. Throws Error where it is damaged or cut short. */
export async function* unxz(bytes: Buffer): AsyncGenerator<Buffer> {
  const module = await import("xz-decompress");
  // A CommonJS module: bundled, its names are its own; loaded by Node, they are those of its default.
  const { XzReadableStream } = "default" in module ? (module.default as typeof module) : module;
  try {
    const stream = new XzReadableStream(new Blob([bytes]).stream());
    for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  } catch (cause) {
    throw new Error("its xz data is damaged or cut short", { cause });
  }
}
