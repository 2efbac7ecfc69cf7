import { ScarError } from "../../../errors.ts";
import { describeRoot, inspectRoot, type RootFacts } from "../../inspect.ts";
import { RootPaths } from "../../root-paths.ts";
import { runOnce } from "../run-once.ts";
import { type FakechrootLibrary, fittingLibraries } from "./choice.ts";
import { FakechrootEngine } from "./engine.ts";
import { type LibraryPlaces, librariesAtHand } from "./libraries.ts";

/** Answered by the library itself when it is told to show itself; then nothing else of the program runs. */
const SHOWN = 42;

/** What a program that the library did not get into ends with. */
const NOT_LOADED = 43;

/**
 * F1 for an image: with the first fitting library that its programs really load; without one for an image of static programs. `kept`:
 * folders of libraries that would be in a layer. Text: why there is none. Throws ScarError `FakechrootLibraryNotFound`.
 */
export async function findFakechroot(
  rootfs: string,
  places: LibraryPlaces,
  kept?: readonly string[],
): Promise<FakechrootEngine | string> {
  const root = inspectRoot(rootfs);
  // Static programs alone: nothing could be loaded into them, and they need nothing to start.
  if (root.libc === "none") return new FakechrootEngine({ library: undefined, root });
  const { named, libraries } = librariesAtHand(places, kept);
  const fitting = named ? libraries.flat() : libraries.flatMap((place) => fittingLibraries(root, place));
  let why = `no libfakechroot at hand serves its C library (${describeRoot(root)})`;
  for (const library of fitting) {
    const failure = await trial(rootfs, root, library);
    if (failure === undefined) return new FakechrootEngine({ library: library.path, root });
    why = `${library.name}: ${failure}`;
  }
  return why;
}

/** Why a program of the image does not load the library; undefined: it does. */
async function trial(rootfs: string, root: RootFacts, library: FakechrootLibrary): Promise<string | undefined> {
  const shell = new RootPaths(rootfs).find("/bin/sh");
  if (shell === undefined || root.loader === undefined) return undefined;
  const engine = new FakechrootEngine({ library: library.path, root });
  const plan = await engine.plan({
    rootfs,
    argv: ["/bin/sh", "-c", `exit ${NOT_LOADED}`],
    env: {},
    workdir: "/",
    volumes: [],
  });
  try {
    // A static shell tells nothing; others of the image's programs may be held.
    if (plan.warning !== undefined) return undefined;
    const { status, message } = await runOnce({ ...plan, env: { ...plan.env, FAKECHROOT_DETECT: String(SHOWN) } });
    if (status === SHOWN) return undefined;
    return message.split("\n")[0] || `a program of the image ended with status ${status}`;
  } finally {
    await plan.cleanup();
  }
}

/** F1 or an error that names the image's C library and the way out. */
export function noFakechroot(why: string): ScarError {
  return new ScarError("NoFakechrootLibrary", `F1 cannot run this image: ${why}`, {
    hint: "deploy it with '-rt image' (runtime: image), take a base image of another release, or name a library with UDOCKER_FAKECHROOT_SO",
  });
}
