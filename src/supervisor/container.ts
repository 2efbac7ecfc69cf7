import { hostArchitecture } from "../container/archive/open.ts";
import { chooseEngine } from "../container/engines/choose.ts";
import { openPackedImage } from "../container/packed.ts";
import { removeTree } from "../container/remove-tree.ts";
import { ensureRootfs } from "../container/rootfs.ts";
import { messageOf, ScarError } from "../errors.ts";
import { describeImage, type Image } from "../registry/image.ts";
import type { ContainerHost, PrepareOptions } from "./container-host.ts";
import type { SupervisorConfig } from "./function-config.ts";
import type { Settings } from "./settings.ts";
import { udockerContainer } from "./udocker.ts";

/** What to do about an image that nobody may read: the function's user has no `docker login` here. */
const HOW_TO_LOG_IN =
  "give the function a login (lambda.container.registry_auth with username and password), or pack the image with it (container.image_file)";

/** Images from the function's package or their registry, unpacked below `UDOCKER_DIR`; commands in them by the engine that works here. */
export const containerHost: ContainerHost = {
  async prepare(config, settings, options) {
    const { log, signal } = options;
    const reference = config.packedImage ?? config.image ?? settings.imageId;
    if (reference === undefined) {
      throw new ScarError("InvalidFunctionConfig", "the function has no image: container.image is missing");
    }
    const udocker = await udockerContainer(reference, settings, signal).catch((error: unknown) => {
      throw signal.aborted ? notInTime(`image ${reference}`, signal) : error;
    });
    if ("engine" in udocker) return udocker;
    const started = Date.now();
    const image = await openImage(reference, config, settings, options);
    try {
      const notice = (text: string) => log.info(text);
      const made = await ensureRootfs({ image, udockerDir: settings.udockerDir, signal, notice });
      const { rootfs, config: imageConfig, created } = made;
      if (created) log.info(`${describeImage(image)} is ready after ${((Date.now() - started) / 1000).toFixed(1)} s`);
      const { engine, notices } = await chooseEngine(settings.engine, {
        rootfs,
        env: settings.engineEnv,
        asOnLambda: settings.isFunction,
      });
      return { rootfs, config: imageConfig, engine, notices: [...udocker.notices, ...notices] };
    } catch (error) {
      // What was cut off fails in its own way.
      throw signal.aborted ? notInTime(describeImage(image), signal) : error;
    } finally {
      await image.close();
    }
  },
  removeTree,
};

/**
 * What the package holds, else what the registry has under the name in the configuration, else under `IMAGE_ID`, as the original took it.
 * Throws ScarError.
 */
async function openImage(
  reference: string,
  config: SupervisorConfig,
  settings: Settings,
  options: PrepareOptions,
): Promise<Image> {
  if (config.packedImage !== undefined) return openPackedImage(settings.packedImage, reference);
  return (await packedUnder(reference, settings)) ?? fetched(reference, config, settings, options);
}

/** Packages of the original have the image's own name alone. */
async function packedUnder(reference: string, settings: Settings): Promise<Image | undefined> {
  try {
    return await openPackedImage(settings.packedImage, reference);
  } catch (error) {
    const { code } = error as ScarError;
    if (code === "PackedImageNotFound" || code === "InvalidImageReference") return undefined;
    throw error;
  }
}

async function fetched(
  reference: string,
  { registryLogin }: SupervisorConfig,
  settings: Settings,
  { log, signal }: PrepareOptions,
): Promise<Image> {
  // Functions whose package holds their image never load it.
  const [{ openRegistryImage }, { ecrLogin }] = await Promise.all([
    import("../registry/open.ts"),
    import("./ecr-login.ts"),
  ]);
  let image: Image;
  try {
    const credential = registryLogin ?? (await ecrLogin(reference, signal));
    image = await openRegistryImage(reference, {
      architecture: hostArchitecture() as "amd64" | "arm64",
      env: settings.registryEnv,
      ...(credential === undefined ? {} : { credential }),
      howToLogIn: HOW_TO_LOG_IN,
      notice: (text) => log.warning(text),
      signal,
    });
  } catch (error) {
    throw signal.aborted ? notInTime(`image ${reference}`, signal) : error;
  }
  log.info(`fetching ${describeImage(image)} where it is not here yet`);
  return image;
}

function notInTime(image: string, { reason }: AbortSignal): ScarError {
  const { hint } = reason as ScarError;
  const message = `${image} did not get ready: ${messageOf(reason)}`;
  return new ScarError("ImageNotReady", message, { cause: reason, ...(hint === undefined ? {} : { hint }) });
}
