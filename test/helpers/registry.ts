/**
 * A registry of the test's own: a real HTTP server on loopback that serves images as the distribution API does (manifests, blobs,
 * Range), with a token server or Basic where asked, and that misbehaves on demand.
 *
 *     const image = await makeImage({ repository: "grycap/cowsay" });
 *     const registry = await startRegistry({ images: [image] });
 *     … `${registry.host}/grycap/cowsay` …
 *     await registry.close();
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { type Access, TestAccess } from "./registry-access.ts";
import type { RegistryImage, StoredManifest } from "./registry-images.ts";

export type { Access } from "./registry-access.ts";
export * from "./registry-images.ts";

export interface RegistrySettings {
  readonly images?: readonly RegistryImage[];
  /** Who may read; default: everybody. */
  readonly access?: Access;
  /** Key and certificate (PEM): serves HTTPS. Default: plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** One request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
}

/** What to do with a request instead of serving it as it should be. */
export interface Fault {
  /** The requests meant; default: of blobs and manifests, all. */
  readonly path?: RegExp;
  /** How many requests meet it; default: all. */
  times?: number;
  /** Answers with this status (429, 503 …) and a body. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Breaks the connection after so many bytes of the body (0: before the answer's head). */
  readonly cutAfter?: number;
  /** Sends nothing more after so many bytes of the body (0: not even the head). */
  readonly stallAfter?: number;
  /** Sends a byte in so many milliseconds. */
  readonly drip?: number;
  /** Answers 200 with the whole content to a request with Range. */
  readonly ignoreRange?: boolean;
  /** Changes the content. */
  readonly corrupt?: (content: Buffer) => Buffer;
  /** Redirects (307) to this place, `http://host:port`, with the same path. */
  readonly redirectTo?: string;
}

export interface TestRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** All requests so far, in order. */
  readonly seen: readonly SeenRequest[];
  readonly access: TestAccess;
  add(image: RegistryImage): void;
  /** Faults are tried in the order given; the first that fits is used up. Answers the fault, for {@link heal}. */
  fault(fault: Fault): Fault;
  /** Forgets the fault, or all. */
  heal(fault?: Fault): void;
  close(): Promise<void>;
}

export async function startRegistry(settings: RegistrySettings = {}): Promise<TestRegistry> {
  const seen: SeenRequest[] = [];
  const faults: Fault[] = [];
  const content = new Content();
  for (const image of settings.images ?? []) content.add(image);
  const sockets = new Set<Socket>();
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? "/";
    seen.push({ method: request.method ?? "", path, headers: request.headers });
    const fault = path.startsWith("/token") || path === "/v2/" ? take(faults, path, true) : take(faults, path);
    answer(content, access, fault, request, response);
  };
  const server = settings.tls === undefined ? createServer(serve) : createSecureServer(settings.tls, serve);
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  const host = `127.0.0.1:${await listen(server)}`;
  const access = new TestAccess(settings.access ?? { kind: "everybody" }, host, settings.tls !== undefined);
  return {
    host,
    seen,
    access,
    add: (image) => content.add(image),
    fault: (fault) => {
      const own = { ...fault };
      faults.push(own);
      return own;
    },
    heal: (fault) => {
      if (fault === undefined) faults.length = 0;
      else if (faults.includes(fault)) faults.splice(faults.indexOf(fault), 1);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Of the faults that fit the path the first; a token is only touched by a fault that names its path. */
function take(faults: Fault[], path: string, onlyNamed = false): Fault | undefined {
  const fault = faults.find((f) => (f.times ?? 1) > 0 && (f.path === undefined ? !onlyNamed : f.path.test(path)));
  if (fault?.times !== undefined) fault.times--;
  return fault;
}

/** What is stored, by repository. */
class Content {
  readonly #manifests = new Map<string, StoredManifest>();
  readonly #blobs = new Map<string, Buffer>();
  readonly #repositories = new Set<string>();

  add(image: RegistryImage): void {
    this.#repositories.add(image.repository);
    for (const tag of image.tags) this.#manifests.set(`${image.repository} ${tag}`, image.manifest);
    for (const manifest of [image.manifest, ...image.children])
      this.#manifests.set(`${image.repository} ${manifest.digest}`, manifest);
    for (const [digest, blob] of image.blobs) this.#blobs.set(`${image.repository} ${digest}`, blob);
  }

  has(repository: string): boolean {
    return this.#repositories.has(repository);
  }

  tags(repository: string): string[] {
    const names = [...this.#manifests.keys()].filter((key) => key.startsWith(`${repository} `));
    return names.map((key) => key.slice(repository.length + 1)).filter((name) => !name.includes(":"));
  }

  manifest(repository: string, name: string): StoredManifest | undefined {
    return this.#manifests.get(`${repository} ${name}`);
  }

  blob(repository: string, digest: string): Buffer | undefined {
    return this.#blobs.get(`${repository} ${digest}`);
  }
}

function answer(
  content: Content,
  access: TestAccess,
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const path = request.url ?? "/";
  if (fault?.cutAfter === 0) {
    request.socket.destroy();
  } else if (fault?.stallAfter === 0) {
    // Nothing is said.
  } else if (fault?.status !== undefined) {
    response.writeHead(fault.status, fault.headers).end(fault.body ?? "");
  } else if (path.startsWith("/token")) {
    access.token(request, response);
  } else {
    const match = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/?]+)/.exec(path);
    const [, repository = "", kind, name = ""] = match ?? [];
    if (!access.allows(request, match?.[1], response)) return;
    if (path === "/v2/") response.writeHead(200).end("{}");
    else if (fault?.redirectTo !== undefined) {
      response.writeHead(307, { location: `${fault.redirectTo}${path}`, ...fault.headers }).end();
    } else if (kind === "tags") {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ name: repository, tags: content.tags(repository) }));
    } else if (kind === "manifests") {
      const manifest = content.manifest(repository, name);
      const code = content.has(repository) ? "MANIFEST_UNKNOWN" : "NAME_UNKNOWN";
      if (manifest === undefined) refuse(response, 404, code, "it is not here");
      else {
        const headers = { "content-type": manifest.mediaType, "docker-content-digest": manifest.digest };
        send(response, fault, request, Buffer.from(manifest.json), headers);
      }
    } else {
      const blob = kind === "blobs" ? content.blob(repository, name) : undefined;
      const headers = { "content-type": "application/octet-stream", "docker-content-digest": name };
      if (blob === undefined) refuse(response, 404, "BLOB_UNKNOWN", "it is not here");
      else send(response, fault, request, blob, headers);
    }
  }
}

/** Answers as the distribution API says errors: `{ errors: [{ code, message }] }`. */
function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  const body = JSON.stringify({ errors: [{ code, message, detail: {} }] });
  response.writeHead(status, { "content-type": "application/json" }).end(body);
}

function send(
  response: ServerResponse,
  fault: Fault | undefined,
  request: IncomingMessage,
  stored: Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  const whole = fault?.corrupt?.(stored) ?? stored;
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
  const from = range && fault?.ignoreRange !== true ? Number(range[1]) : 0;
  const body = whole.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, {
    ...headers,
    ...fault?.headers,
    "content-length": String(body.length),
    ...(from > 0 ? { "content-range": `bytes ${from}-${whole.length - 1}/${whole.length}` } : {}),
  });
  if (request.method === "HEAD") return void response.end();
  if (fault?.drip !== undefined) {
    let at = 0;
    const timer = setInterval(() => response.write(body.subarray(at, ++at)), fault.drip);
    response.once("close", () => clearInterval(timer));
    return;
  }
  const until = fault?.cutAfter ?? fault?.stallAfter;
  if (until === undefined) return void response.end(body);
  response.write(body.subarray(0, until), () => {
    if (fault?.cutAfter !== undefined) response.socket?.destroy();
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}
