import { access, constants } from "node:fs/promises";
import { join } from "node:path";

/** Looked at after `PATH`: where distributions keep programs that an ordinary user's `PATH` leaves out. */
const SYSTEM_FOLDERS = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/** Absolute path of a program of this machine; undefined when it has none. */
export async function findProgram(name: string, path: string | undefined): Promise<string | undefined> {
  const folders = (path ?? "").split(":").filter((folder) => folder.startsWith("/"));
  for (const folder of [...folders, ...SYSTEM_FOLDERS]) {
    const file = join(folder, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
