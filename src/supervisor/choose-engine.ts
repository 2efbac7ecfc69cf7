import { findFakechroot } from "../container/engines/fakechroot/find.ts";
import { selectEngine } from "../container/engines/select.ts";
import { messageOf } from "../errors.ts";
import type { ReadyContainer } from "./container-host.ts";
import type { Settings } from "./settings.ts";

/**
 * The engine for an unpacked image, and what the log should say of it once: which of our modes does the job of udocker's that was asked
 * for, and why another engine than Lambda's stands in (decision 30). Throws what `selectEngine` throws.
 */
export async function chooseEngine(
  rootfs: string,
  settings: Pick<Settings, "engine" | "engineStandsFor" | "engineEnv" | "isFunction">,
): Promise<Pick<ReadyContainer, "engine" | "notices">> {
  const { engine: mode, engineStandsFor, engineEnv: env, isFunction } = settings;
  const engine = await selectEngine(mode, { rootfs, env, asOnLambda: isFunction });
  const notices: string[] = [];
  if (engineStandsFor !== undefined) notices.push(`execution mode ${engineStandsFor}: ${mode} does its job here`);
  if (isFunction && mode === "auto" && engine.name !== "F1") {
    const why = await findFakechroot(rootfs, env).then((found) => (typeof found === "string" ? found : ""), messageOf);
    notices.push(
      `the image runs by ${engine.name}, ${engine.description}, where AWS Lambda would use F1 (fakechroot): ${why}; on AWS it would not run`,
    );
  }
  return { engine, notices };
}
