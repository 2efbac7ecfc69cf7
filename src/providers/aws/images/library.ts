/** Whether Lambda's engine can run an image: its C library needs a build of libfakechroot. */
import { anySignal } from "../../../any-signal.ts";
import { type LayerLibraries, libraryFor } from "../../../container/fakechroot-files.ts";
import { readImageFacts } from "../../../container/image-facts.ts";
import { describeRoot, type RootFacts } from "../../../container/inspect.ts";
import { ScarError } from "../../../errors.ts";
import type { Image } from "../../../registry/image.ts";

export interface LibraryLook {
  readonly image: Image;
  /** As the user knows it: a reference or a file. */
  readonly name: string;
  /** What the layer will carry. */
  readonly libraries: LayerLibraries;
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
  libraries,
  signal,
  notice,
}: LibraryLook): Promise<ScarError | undefined> {
  const limit = AbortSignal.timeout(PATIENCE_MS);
  let facts: RootFacts;
  try {
    facts = await readImageFacts(image, anySignal([signal, limit]));
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
  if (libraryFor(facts, libraries.files) !== undefined) return undefined;
  return unserved(`image ${name} (${describeRoot(facts)})`, libraries);
}

/** What could not be fetched may be what the image needs: it cannot be looked into. */
function unserved(what: string, { missing }: LayerLibraries): ScarError {
  const whys = missing.map(({ gives, error }) => `\nthe ${gives} could not be had: ${error.message}`);
  const [first] = missing;
  return new ScarError(
    "NoFakechrootLibrary",
    `${what} cannot run on Lambda: there is no libfakechroot for its C library${whys.join("")}`,
    {
      hint:
        first === undefined
          ? "name a libfakechroot of your own with UDOCKER_FAKECHROOT_SO, or take another base image"
          : "name a mirror with SCAR_FAKECHROOT_URL or a library with UDOCKER_FAKECHROOT_SO; or install Debian's or Ubuntu's package libfakechroot on this machine; or take another base image",
    },
  );
}
