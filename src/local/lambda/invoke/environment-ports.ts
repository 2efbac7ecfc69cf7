/** What an execution environment is made of and whom it tells. */
import type { SessionCredentials } from "../../http/credentials.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { LocalSettings, LogSink } from "../../service.ts";

export interface EnvironmentPorts {
  readonly settings: LocalSettings;
  readonly sandbox: Sandbox;
  readonly logs: LogSink;
  /** The server's log. */
  readonly log: (text: string) => void;
  readonly credentials: SessionCredentials;
  /** Folder of the environment, with a name of its own; made by `start`, removed by `end`. */
  readonly folder: string;
  readonly task: string;
  readonly opt: string;
  /** Read-only files inside: path inside → path outside. */
  readonly files: Readonly<Record<string, string>>;
  /** Ready for the next invocation. */
  readonly onIdle: () => void;
  /** Not usable any more. Called once. */
  readonly onEnded: () => void;
}
