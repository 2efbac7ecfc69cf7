import type { Engine } from "../engine.ts";
import type { NamedMode } from "./modes.ts";
import { type SelectOptions, selection } from "./select.ts";

export interface ChosenEngine {
  readonly engine: Engine;
  /** For the log or the user, once: what stands in for what. */
  readonly notices: readonly string[];
}

/**
 * The engine for an unpacked image, and what is to be said of it: which of our modes does the job of udocker's that was asked for, and why
 * another engine than Lambda's stands in (decision 32). Throws what `selectEngine` throws.
 */
export async function chooseEngine(
  { mode, standsFor }: NamedMode,
  options: Required<Pick<SelectOptions, "rootfs" | "env" | "asOnLambda">> & Pick<SelectOptions, "libraries">,
): Promise<ChosenEngine> {
  const { engine, failures } = await selection(mode, options);
  const notices: string[] = [];
  if (standsFor !== undefined) notices.push(`execution mode ${standsFor}: ${mode} does its job here`);
  if (options.asOnLambda && mode === "auto" && engine.name !== "F1") {
    // F1 was tried first.
    const why = failures[0]!.why;
    notices.push(
      `the image runs by ${engine.name}, ${engine.description}, where AWS Lambda would use F1 (fakechroot): ${why}; 'scar init' tells whether it can run there`,
    );
  }
  return { engine, notices };
}
