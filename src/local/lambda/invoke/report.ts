/** The lines in which Lambda sums up what it did, as they stand in the log. */
import { faultLine, type RuntimeFault } from "./fault.ts";

interface Report {
  readonly requestId: string;
  readonly durationMs: number;
  /** MB. */
  readonly memorySize: number;
  readonly peakBytes: number;
  /** Only for the first invocation of an environment whose init phase succeeded at once. */
  readonly initMs: number | undefined;
  readonly status: "timeout" | "error" | undefined;
  readonly errorType: string | undefined;
}

/** Lambda's REPORT line. Billed: whole milliseconds, the init phase included (AWS since August 2025). */
function reportLine(report: Report): string {
  const { requestId, durationMs, memorySize, peakBytes, initMs, status, errorType } = report;
  const fields = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs + (initMs ?? 0))} ms`,
    `Memory Size: ${memorySize} MB`,
    `Max Memory Used: ${Math.ceil(peakBytes / 1048576)} MB`,
    ...(initMs ? [`Init Duration: ${initMs.toFixed(2)} ms`] : []),
    ...outcome(status, errorType),
  ];
  return `${fields.join("\t")}\t\n`;
}

export interface Closing extends Omit<Report, "status" | "errorType"> {
  readonly fault: RuntimeFault | undefined;
  /** Whether the log has the START line. */
  readonly started: boolean;
  readonly now: Date;
}

/** The lines that end an invocation in the log. */
export function closingLines({ fault, started, now, ...report }: Closing): string[] {
  const { requestId } = report;
  const said = fault && faultLine(fault, requestId, now);
  return [
    // What a runtime wrote while it failed to start stays before it, in the tail: it says why there is no answer.
    ...(started ? [] : [`START RequestId: ${requestId} Version: $LATEST`]),
    ...(said === undefined ? [] : [said]),
    `END RequestId: ${requestId}`,
    reportLine({ ...report, status: fault?.status, errorType: fault?.errorType }),
  ];
}

export interface InitReport {
  readonly durationMs: number;
  /** `invoke`: tried again within the first invocation. */
  readonly phase: "init" | "invoke";
  readonly status: "timeout" | "error";
  readonly errorType: string;
}

/** Lambda's INIT_REPORT line, which only an init phase that failed has. */
export function initReportLine({ durationMs, phase, status, errorType }: InitReport): string {
  const fields = [`INIT_REPORT Init Duration: ${durationMs.toFixed(2)} ms`, `Phase: ${phase}`];
  return `${[...fields, ...outcome(status, errorType)].join("\t")}\n`;
}

/** A timeout is its own reason. */
function outcome(status: Report["status"], errorType: string | undefined): string[] {
  if (status === undefined) return [];
  return [`Status: ${status}`, ...(status === "error" && errorType ? [`Error Type: ${errorType}`] : [])];
}
