export interface Report {
  readonly requestId: string;
  readonly durationMs: number;
  /** MB. */
  readonly memorySize: number;
  readonly peakBytes: number;
  /** Only for the first invocation of an environment. */
  readonly initMs: number | undefined;
  readonly status: "timeout" | "error" | undefined;
}

/** Lambda's REPORT line. Billed: whole milliseconds, the init phase included (AWS since August 2025). */
export function reportLine({ requestId, durationMs, memorySize, peakBytes, initMs, status }: Report): string {
  const fields = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs + (initMs ?? 0))} ms`,
    `Memory Size: ${memorySize} MB`,
    `Max Memory Used: ${Math.ceil(peakBytes / 1048576)} MB`,
    ...(initMs ? [`Init Duration: ${initMs.toFixed(2)} ms`] : []),
    ...(status ? [`Status: ${status}`] : []),
  ];
  return `${fields.join("\t")}\t\n`;
}
