import type { EngineMode } from "./engine.ts";

const MODES: readonly EngineMode[] = ["auto", "chroot", "R1", "P1", "F1"];

/** The mode of that name, in small or capital letters; undefined for any other text. */
export function engineModeOf(name: string): EngineMode | undefined {
  return MODES.find((mode) => mode.toLowerCase() === name.toLowerCase());
}

/** `auto, chroot, …`, for messages. */
export const ENGINE_MODE_NAMES = MODES.join(", ");
