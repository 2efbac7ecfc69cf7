/** What the S3 benchmark measures: each case's work on one server, as an amount for the time that it takes. */
import { createHash, randomBytes } from "node:crypto";
import { askAll, Connection, type Signed, signed, type Target, type Wanted } from "./client.ts";

export const BUCKET = "bench";
const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const PART = 16 * MIB;
const LIST_KEYS = 10_000;

const BLOCK = randomBytes(MIB);
const sha256Of = (times: number): string => {
  const hash = createHash("sha256");
  for (let i = 0; i < times; i++) hash.update(BLOCK);
  return hash.digest("hex");
};

/** One server with its connections. */
export class Bench {
  readonly target: Target;
  readonly #connections: readonly Connection[];

  constructor(target: Target, connections: number) {
    this.target = target;
    this.#connections = Array.from({ length: connections }, () => new Connection(target.port));
  }

  sign(wanted: readonly Wanted[]): Signed[] {
    return wanted.map((one) => signed(this.target, one));
  }

  /** Seconds that these requests take over the first `most` connections. */
  async time(requests: readonly Signed[], most = this.#connections.length): Promise<number> {
    const start = process.hrtime.bigint();
    await askAll(this.#connections.slice(0, most), requests);
    return Number(process.hrtime.bigint() - start) / 1e9;
  }

  ask(wanted: readonly Wanted[]) {
    return askAll(this.#connections, this.sign(wanted));
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}

export interface Case {
  readonly name: string;
  readonly unit: "requests/s" | "MiB/s" | "keys/s";
  readonly rounds: number;
  /** Amount in units in a second. */
  run(bench: Bench, round: number): Promise<number>;
}

const key = (name: string): string => `/${BUCKET}/${name}`;

/** Puts and gets of small objects, over all connections. */
function smallCases(size: number, count: number, rounds: number): Case[] {
  const label = `${size / KIB} KiB`;
  const body = randomBytes(size);
  const hash = createHash("sha256").update(body).digest("hex");
  const names = (round: number) => Array.from({ length: count }, (_, i) => key(`${size}/${round}/${i}`));
  return [
    {
      name: `put ${label}`,
      unit: "requests/s",
      rounds,
      run: async (bench, round) =>
        count / (await bench.time(bench.sign(names(round).map((path) => ({ method: "PUT", path, body, hash }))))),
    },
    {
      name: `get ${label}`,
      unit: "requests/s",
      rounds,
      run: async (bench, round) =>
        count / (await bench.time(bench.sign(names(round).map((path) => ({ method: "GET", path }))))),
    },
  ];
}

const ranges = Array.from({ length: GIB / PART }, (_, i) => `bytes=${i * PART}-${(i + 1) * PART - 1}`);

/** 1 GiB, whole over one connection and in parts over four. */
function largeCases(rounds: number): Case[] {
  const path = key("large");
  const whole = sha256Of(GIB / MIB);
  const part = sha256Of(PART / MIB);
  const once = (wanted: Wanted) => async (bench: Bench) => GIB / MIB / (await bench.time(bench.sign([wanted]), 1));
  return [
    {
      name: "put 1 GiB, whole",
      unit: "MiB/s",
      rounds,
      run: once({ method: "PUT", path, body: BLOCK, times: GIB / MIB, hash: whole }),
    },
    { name: "get 1 GiB, whole", unit: "MiB/s", rounds, run: once({ method: "GET", path }) },
    {
      name: "put 1 GiB, 64 parts",
      unit: "MiB/s",
      rounds,
      async run(bench) {
        const start = process.hrtime.bigint();
        const [created] = await bench.ask([{ method: "POST", path: `${path}?uploads=` }]);
        const id = /<UploadId>(.*)<\/UploadId>/.exec(created!.text())![1]!;
        const parts = await askAllParts(bench, path, id, part);
        const document = parts.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
        const body = Buffer.from(`<CompleteMultipartUpload>${document.join("")}</CompleteMultipartUpload>`);
        await bench.ask([{ method: "POST", path: `${path}?uploadId=${encodeURIComponent(id)}`, body }]);
        return GIB / MIB / (Number(process.hrtime.bigint() - start) / 1e9);
      },
    },
    {
      name: "get 1 GiB, 64 ranges",
      unit: "MiB/s",
      rounds,
      run: async (bench) =>
        GIB /
        MIB /
        (await bench.time(bench.sign(ranges.map((range) => ({ method: "GET", path, headers: { range } }))), 4)),
    },
  ];
}

async function askAllParts(bench: Bench, path: string, id: string, hash: string): Promise<string[]> {
  const requests = ranges.map((_, i) => ({
    method: "PUT" as const,
    path: `${path}?partNumber=${i + 1}&uploadId=${encodeURIComponent(id)}`,
    body: BLOCK,
    times: PART / MIB,
    hash,
  }));
  return (await bench.ask(requests)).map(({ etag }) => etag);
}

/** All pages of a listing, one after the other. */
const listCase = (rounds: number): Case => ({
  name: `list ${LIST_KEYS} keys`,
  unit: "keys/s",
  rounds,
  async run(bench, round) {
    if (round === WARM_UP) {
      const body = Buffer.from("");
      await bench.ask(Array.from({ length: LIST_KEYS }, (_, i) => ({ method: "PUT", path: key(`list/${i}`), body })));
    }
    const start = process.hrtime.bigint();
    let found = 0;
    for (let token: string | undefined = ""; token !== undefined; ) {
      const page = `/${BUCKET}?list-type=2&prefix=list%2F${token && `&continuation-token=${encodeURIComponent(token)}`}`;
      const [answer] = await bench.ask([{ method: "GET", path: page }]);
      found += answer!.text().split("<Key>").length - 1;
      token = /<NextContinuationToken>(.*)<\/NextContinuationToken>/.exec(answer!.text())?.[1];
    }
    if (found !== LIST_KEYS) throw new Error(`${found} keys listed, not ${LIST_KEYS}`);
    return LIST_KEYS / (Number(process.hrtime.bigint() - start) / 1e9);
  },
});

/** The round that is not counted: it fills caches and makes what later rounds need. */
export const WARM_UP = -1;

/** @param rounds of the small cases; the large ones have half as many. */
export function allCases(rounds: number): Case[] {
  const few = Math.max(1, rounds >> 1);
  return [
    ...smallCases(KIB, 2000, rounds),
    ...smallCases(64 * KIB, 1000, rounds),
    listCase(rounds),
    ...largeCases(few),
  ];
}
