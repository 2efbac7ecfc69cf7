/** Whether Lambda's engine can run an image: its C library needs a build of libfakechroot. */
import { type FakechrootFile, libraryFor } from "../../../container/fakechroot-files.ts";
import { readImageFacts } from "../../../container/image-facts.ts";
import { describeRoot, type RootFacts } from "../../../container/inspect.ts";
import { ScarError } from "../../../errors.ts";
import type { Image } from "../../../registry/image.ts";

export interface LibraryLook {
  readonly image: Image;
  /** As the user knows it: a reference or a file. */
  readonly name: string;
  /** What the layer will carry. */
  readonly files: readonly FakechrootFile[];
  readonly signal: AbortSignal;
  readonly notice: (text: string) => void;
}

/** Who is about to deploy does not wait for a slow download's end. */
const PATIENCE_MS = 90_000;

/**
 * The reason to refuse the image, ScarError `NoFakechrootLibrary`; undefined when it can run, with a notice where that could not be found
 * out or where its programs are static. Throws the signal's reason, and what reading the image throws.
 */
export async function problemOfLibrary({
  image,
  name,
  files,
  signal,
  notice,
}: LibraryLook): Promise<ScarError | undefined> {
  const limit = AbortSignal.timeout(PATIENCE_MS);
  let facts: RootFacts;
  try {
    facts = await readImageFacts(image, AbortSignal.any([signal, limit]));
  } catch (error) {
    signal.throwIfAborted();
    if (!limit.aborted) throw error;
    notice(`image ${name}: its C library was not looked at: reading it took longer than ${PATIENCE_MS / 1000} s`);
    return undefined;
  }
  if (facts.libc === "none") {
    notice(
      `image ${name} has no C library at a usual place: on Lambda, static programs see the function's own files, not the image's ($TMP_INPUT_DIR and $TMP_OUTPUT_DIR are the same), and others do not run`,
    );
    return undefined;
  }
  if (libraryFor(facts, files) !== undefined) return undefined;
  return new ScarError(
    "NoFakechrootLibrary",
    `image ${name} (${describeRoot(facts)}) cannot run on Lambda: there is no libfakechroot for its C library`,
    {
      hint: "install Debian's or Ubuntu's package libfakechroot on this machine, whose library then goes into the layer; or name one with UDOCKER_FAKECHROOT_SO; or take another base image",
    },
  );
}
