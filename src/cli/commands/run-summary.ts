import { ScarError } from "../../errors.ts";
import type { InputFile } from "../../providers/aws/fan-out.ts";
import type { CommandContext } from "../command.ts";

/** A file that did not get through; `unknown`: nobody saw its end. */
interface Failure {
  readonly file: InputFile;
  readonly reason: string;
  readonly requestId: string | undefined;
  readonly unknown: boolean;
}

/** What became of the files of one function's run: told at its end. Memory holds those that failed. */
export class RunSummary {
  readonly #functionName: string;
  readonly #waited: boolean;
  #succeeded = 0;
  #left = 0;
  #failures: Failure[] = [];

  /** @param waited whether the ends are known, or only what AWS took */
  constructor(functionName: string, waited: boolean) {
    this.#functionName = functionName;
    this.#waited = waited;
  }

  get files(): number {
    return this.#succeeded + this.#left + this.#failures.length;
  }

  succeeded(): void {
    this.#succeeded++;
  }

  failed(file: InputFile, reason: string, requestId?: string): void {
    this.#failures.push({ file, reason, requestId, unknown: false });
  }

  unknown(file: InputFile, reason: string, requestId: string): void {
    this.#failures.push({ file, reason, requestId, unknown: true });
  }

  /** So many were sent and are not waited for any more. */
  leave(count: number): void {
    this.#left = count;
  }

  /** Takes out those that failed, to be run again. What may still be running is left. */
  takeFailed(): InputFile[] {
    const again = this.#failures.filter((one) => !one.unknown);
    this.#failures = this.#failures.filter((one) => one.unknown);
    return again.map(({ file }) => file);
  }

  /** One document with `-j` and `-v`; else lines on stderr, which name each file that failed. */
  report({ options, report }: Pick<CommandContext, "options" | "report">): void {
    const unknown = this.#failures.filter((one) => one.unknown).length;
    const failed = this.#failures.length - unknown;
    report.result({
      json: {
        RunOutput: {
          FunctionName: this.#functionName,
          Files: this.files,
          ...(this.#waited ? { Succeeded: this.#succeeded } : { Sent: this.#succeeded }),
          Failed: failed,
          ...(this.#waited ? { Unknown: unknown + this.#left } : {}),
          Failures: this.#failures.map(document),
        },
      },
    });
    if (options["json"] === true || options["verbose"] === true) return;
    for (const one of this.#failures) report.notice(`  ${line(one)}`);
    const counts = [
      `${this.#succeeded} ${this.#waited ? "succeeded" : "sent"}`,
      `${failed} failed`,
      ...(unknown > 0 ? [`${unknown} without a known end`] : []),
      ...(this.#left > 0 ? [`${this.#left} sent and not waited for`] : []),
    ];
    const files = this.files === 1 ? "1 file" : `${this.files} files`;
    report.notice(`Function '${this.#functionName}': ${files}, ${counts.join(", ")}.`);
  }

  /** Throws ScarError `FilesFailed`. */
  throwIfFailed(): void {
    if (this.#failures.length === 0) return;
    const count = `${this.#failures.length} of ${this.files} files did not succeed`;
    const withLog = this.#failures.find(({ requestId }) => requestId !== undefined);
    throw new ScarError("FilesFailed", `Function '${this.#functionName}': ${count}`, {
      hint: withLog
        ? `'scar log -n ${this.#functionName} -ri ${withLog.requestId}' shows what the first of them wrote`
        : "run it again over the files that are left",
    });
  }
}

function line({ file, reason, requestId, unknown }: Failure): string {
  const request = requestId === undefined ? "" : ` (request ${requestId})`;
  return `${unknown ? "unknown" : "failed"}: '${file.key}'${request}: ${reason}`;
}

function document({ file, reason, requestId, unknown }: Failure): object {
  return {
    Bucket: file.bucket,
    Key: file.key,
    ...(requestId === undefined ? {} : { RequestId: requestId }),
    Status: unknown ? "Unknown" : "Failed",
    Reason: reason,
  };
}
