declare const __SCAR_VERSION__: string | undefined;

/** This release's version, put in at build time; `0.0.0-dev` when run from the sources. */
export const VERSION: string = typeof __SCAR_VERSION__ === "string" ? __SCAR_VERSION__ : "0.0.0-dev";
