import { openPackedImage } from "../container/packed.ts";
import { removeTree } from "../container/remove-tree.ts";
import { ensureRootfs } from "../container/rootfs.ts";
import { notSupportedYet, ScarError } from "../errors.ts";
import { chooseEngine } from "./choose-engine.ts";
import type { ContainerHost } from "./container-host.ts";
import { udockerContainer } from "./udocker.ts";

/** Images from the function's package, unpacked below `UDOCKER_DIR`; commands in them by the engine that works here. */
export const containerHost: ContainerHost = {
  async prepare(config, settings) {
    const reference = config.packedImage ?? (config.image === undefined ? settings.imageId : undefined);
    if (reference === undefined) {
      if (config.image !== undefined) throw notSupportedYet(`container.image '${config.image}' from a registry`);
      throw new ScarError("InvalidFunctionConfig", "the function has no image: container.image_file is missing");
    }
    const udocker = await udockerContainer(reference, settings);
    if ("engine" in udocker) return udocker;
    const image = await openPackedImage(settings.packedImage, reference);
    try {
      const { rootfs, config: imageConfig } = await ensureRootfs({ image, udockerDir: settings.udockerDir });
      const { engine, notices } = await chooseEngine(rootfs, settings);
      return { rootfs, config: imageConfig, engine, notices: [...udocker.notices, ...notices] };
    } finally {
      await image.close();
    }
  },
  removeTree,
};
