/** The supervisor's edge for Lambda's Node.js runtimes: the only file of the room that touches the process's environment and streams. */
import { containerHost } from "./container.ts";
import { readSettings } from "./settings.ts";
import { createSupervisor, type Supervisor } from "./supervisor.ts";

// A notice of the SDK for developers, not for a function's log.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/** What a function's package re-exports as its handler. */
export const handler: Supervisor = createSupervisor(() => readSettings(process.env), containerHost, process.stdout);
