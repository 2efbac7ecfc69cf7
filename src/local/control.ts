/** The CLI's side of the local AWS: start, find, stop and reset its background process. Loaded lazily by `cli`. */

/** Content of `server.json` in the state folder (mode 0600). */
export interface LocalServer {
  readonly pid: number;
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  readonly port: number;
  readonly region: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The scar release that runs it. */
  readonly version: string;
  /** ISO time. */
  readonly startedAt: string;
}

export interface LocalOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly distDir: string;
  /** Port asked for by the user (flag or SCAR_LOCAL_PORT): must be free. Missing: the state folder's last port, else the default, else any free one. */
  readonly port?: number;
}
