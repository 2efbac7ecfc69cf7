/** How far `put` and `get` are, on the terminal's last line. */
import { shownSize } from "../../providers/aws/package/sizes.ts";
import type { Transfer, WatchTransfer } from "../../providers/aws/transfer.ts";
import type { Reporter } from "../command.ts";

/** Milliseconds between two looks; what ends before the first shows nothing. */
const INTERVAL = 250;

/** Runs `work`, showing how far what it watches is. */
export async function withProgress(
  report: Pick<Reporter, "status">,
  work: (watch: WatchTransfer) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Transfer>();
  const ended = { files: 0, bytes: 0 };
  // Not `performance`, whose code Node loads when it is first asked for.
  const started = Date.now();
  const timer = setInterval(() => {
    report.status(statusOf(underWay, ended, (Date.now() - started) / 1000));
  }, INTERVAL);
  try {
    await work((transfer) => {
      underWay.add(transfer);
      return () => {
        underWay.delete(transfer);
        ended.files++;
        ended.bytes += transfer.done();
      };
    });
  } finally {
    clearInterval(timer);
    report.status(undefined);
  }
}

/** `3 files, 136.0 MiB, 85.2 MiB/s, big.bin 34%`: the last one is the largest that is under way. */
export function statusOf(
  underWay: Iterable<Transfer>,
  ended: { readonly files: number; readonly bytes: number },
  seconds: number,
): string {
  const transfers = [...underWay];
  const bytes = transfers.reduce((sum, transfer) => sum + transfer.done(), ended.bytes);
  const largest = transfers.reduce<Transfer | undefined>((a, b) => (a && a.size >= b.size ? a : b), undefined);
  const parts = [
    `${ended.files} file${ended.files === 1 ? "" : "s"}`,
    shownSize(bytes),
    `${shownSize(Math.round(bytes / seconds))}/s`,
  ];
  if (largest && largest.size > 0) {
    parts.push(`${largest.path} ${Math.floor((largest.done() / largest.size) * 100)}%`);
  }
  return parts.join(", ");
}
