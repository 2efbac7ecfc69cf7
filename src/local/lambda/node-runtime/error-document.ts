/** What the Runtime API takes as an error. */
export interface ErrorDocument {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** Of anything that was thrown; survives errors that throw when they are read. */
export function errorDocument(error: unknown): ErrorDocument {
  try {
    if (error instanceof Error) {
      return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return { errorType: "Error", errorMessage: "the error cannot be read", trace: [] };
  }
}
