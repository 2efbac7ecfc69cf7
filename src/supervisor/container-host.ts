import type { Engine } from "../container/engine.ts";
import type { ImageConfig } from "../registry/image.ts";
import type { SupervisorConfig } from "./function-config.ts";
import type { Logger } from "./logger.ts";
import type { Settings } from "./settings.ts";

/** The function's image, unpacked, and the engine that runs commands in it. */
export interface ReadyContainer {
  /** Absolute path. */
  readonly rootfs: string;
  readonly config: ImageConfig;
  readonly engine: Engine;
  /** For the log, once: what stands in for what. */
  readonly notices: readonly string[];
}

export interface PrepareOptions {
  readonly log: Logger;
  /** Ends what is under way when the invocation's time is over. */
  readonly signal: AbortSignal;
}

/** What the supervisor needs of the `container` room. */
export interface ContainerHost {
  /** Unpacks the image where it is not yet. Throws ScarError, or the signal's reason. */
  prepare(config: SupervisorConfig, settings: Settings, options: PrepareOptions): Promise<ReadyContainer>;
  /** Removes a folder whatever the modes of what it holds. */
  removeTree(path: string): Promise<void>;
}
