/** Running processes as the kernel sees them in /proc: who they are, and the most memory they had (VmHWM of /proc/PID/status). */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** Peak resident memory since the process began, in MB (10^6 bytes); undefined when it has ended. */
export function peakMemory(pid: number): number | undefined {
  const status = readOrUndefined(() => readFileSync(`/proc/${pid}/status`, "utf8"));
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status ?? "")?.[1];
  return kibibytes === undefined ? undefined : megabytes(Number(kibibytes));
}

/** Seconds of processor time since the process began, its own and the kernel's for it; undefined when it has ended. */
export function processorTime(pid: number): number | undefined {
  const stat = readOrUndefined(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  // The second field is the program's name in parentheses, which may hold anything.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields && (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** The kernel counts in hundredths of a second for programs, whatever it uses itself. */
const TICKS = 100;

/** MB (10^6 bytes) of a number of KiB. */
export function megabytes(kibibytes: number): number {
  return (kibibytes * 1024) / 1e6;
}

/** The Node processes that run a function's supervisor, whatever sandbox they are in. */
export function supervisorPids(functionName: string): number[] {
  return pidsWithEnvironment(`AWS_LAMBDA_FUNCTION_NAME=${functionName}`).filter((pid) => {
    const program = readOrUndefined(() => readlinkSync(`/proc/${pid}/exe`));
    return program !== undefined && basename(program) === basename(process.execPath);
  });
}

/** The processes that have a variable of this name and value. */
export function pidsWithEnvironment(variable: string): number[] {
  return processes().filter((pid) =>
    readOrUndefined(() => readFileSync(`/proc/${pid}/environ`, "utf8"))
      ?.split("\0")
      .includes(variable),
  );
}

/** The processes whose command line holds these words next to each other. */
export function pidsRunning(...words: readonly string[]): number[] {
  const mark = words.join("\0");
  return processes().filter((pid) =>
    readOrUndefined(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"))?.includes(mark),
  );
}

function processes(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** A process may end at any moment, and others' may not be looked at. */
function readOrUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
