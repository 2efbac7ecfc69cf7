import { createReadStream } from "node:fs";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";

/** The kernel's tables of TCP sockets; programs may reach 127.0.0.1 through either family. */
const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];

/** The user at the other end of a loopback connection (proc(5), `/proc/net/tcp`); undefined when the kernel does not tell. */
export async function peerUid(socket: Pick<Socket, "localPort" | "remotePort">): Promise<number | undefined> {
  // A connection that was reset has no ports any more, at any moment.
  const { remotePort, localPort } = socket;
  if (remotePort === undefined || localPort === undefined) return undefined;
  for (const table of TABLES) {
    // Not by readFile: the kernel gives such a file in pieces, and Node before 20.15 takes the first short one for its end.
    const uid = findUid(await text(createReadStream(table)).catch(() => ""), remotePort, localPort);
    if (uid !== undefined) return uid;
  }
  return undefined;
}

/**
 * Owner of the socket with these two ports in a table's text. Both ends are on this machine and the pair of ports is unique
 * while the connection lives, so that addresses need not be compared.
 */
export function findUid(table: string, localPort: number, remotePort: number): number | undefined {
  const [local, remote] = [localPort, remotePort].map((port) => `:${port.toString(16).toUpperCase().padStart(4, "0")}`);
  for (const line of table.split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields[1]?.endsWith(local!) && fields[2]?.endsWith(remote!)) return Number(fields[7]);
  }
  return undefined;
}
