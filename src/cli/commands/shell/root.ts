/** The unpacked image of a shell: from the cache, else from its archive or its registry. */
import { setTimeout as sleep } from "node:timers/promises";
import { hostArchitecture } from "../../../container/archive/open.ts";
import { evictUnused } from "../../../container/evict.ts";
import { openImageArchive } from "../../../container/packed.ts";
import { ensureRootfs, isUnpacked, type Rootfs } from "../../../container/rootfs.ts";
import { EXIT, ScarError } from "../../../errors.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { describeImage, type Image } from "../../../registry/image.ts";
import { cacheFolder, KEPT } from "./cache.ts";

export interface RootOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly notice: (text: string) => void;
}

/** Throws ScarError: `NoImage`, `WrongArchitecture`, and what reading the image throws. */
export async function rootOf(spec: FunctionSpec, options: RootOptions): Promise<Rootfs> {
  const udockerDir = cacheFolder(options.env);
  const opened = openImage(spec, options);
  const image = await untilAborted(opened, options.signal, () => opened.then((late) => late.close()));
  try {
    requireOurs(image);
    if (!isUnpacked(image, udockerDir)) options.notice(`Unpacking ${describeImage(image)} …`);
    const root = await untilAborted(
      ensureRootfs({ image, udockerDir, signal: options.signal, notice: options.notice }),
      options.signal,
    );
    await evictUnused(udockerDir, KEPT);
    return root;
  } finally {
    await image.close();
  }
}

function openImage({ lambda, files }: FunctionSpec, { env, signal, notice }: RootOptions): Promise<Image> {
  const architecture = hostArchitecture();
  if (files.image_file !== undefined) return openImageArchive(files.image_file, { architecture });
  const { image } = lambda.container;
  if (image === undefined) {
    throw new ScarError("NoImage", `function '${lambda.name}' has no image`, {
      exitCode: EXIT.usage,
      hint: "set container.image or container.image_file, or name one with -i or -if",
    });
  }
  const login = lambda.container.registry_auth;
  return openFromRegistry(image, {
    architecture: architecture as "amd64" | "arm64",
    env,
    signal,
    notice,
    ...(login === undefined ? {} : { credential: login }),
  });
}

async function openFromRegistry(
  reference: string,
  options: import("../../../registry/open.ts").RegistryOptions,
): Promise<Image> {
  const { openRegistryImage } = await import("../../../registry/open.ts");
  return openRegistryImage(reference, options);
}

/** Programs of another processor end at once, with a message of the kernel's that few understand. */
function requireOurs(image: Image): void {
  const { architecture } = image.config;
  if (architecture === "" || architecture === hostArchitecture()) return;
  throw new ScarError(
    "WrongArchitecture",
    `${describeImage(image)} is for ${architecture}, and this machine is ${hostArchitecture()}`,
    { hint: `take an image for ${hostArchitecture()}, or try it with 'scar run' on AWS` },
  );
}

/** Milliseconds that what is under way has to end and to remove what it half made, when the user gives up. */
const GRACE_MS = 2000;

/** Throws ScarError `Interrupted`. What has not ended by then is left behind: the process ends, and the next one clears what it left. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal, late: () => unknown = () => {}): Promise<T> {
  const cleanup = new AbortController();
  const aborted = new Promise<"aborted">((resolve) => {
    if (signal.aborted) resolve("aborted");
    else signal.addEventListener("abort", () => resolve("aborted"), { once: true, signal: cleanup.signal });
  });
  try {
    const first = await Promise.race([work.then((value) => ({ value })), aborted]);
    if (first !== "aborted") return first.value;
    const ended = work.then(late).catch(() => undefined);
    await Promise.race([ended, sleep(GRACE_MS, undefined, { ref: false })]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    cleanup.abort();
  }
  throw new ScarError("Interrupted", "interrupted", { exitCode: EXIT.interrupted });
}
