import { type AddressInfo, connect, createServer, Socket } from "node:net";
import { expect, it } from "vitest";
import { findUid, peerUid } from "../../../src/local/lambda/invoke/peer.ts";
import { RuntimeApi } from "../../../src/local/lambda/invoke/runtime-api.ts";
import { RuntimeClient } from "../../../src/local/lambda/node-runtime/runtime-client.ts";

it("does not mind connections that are reset before it has looked at them", async () => {
  const api = new RuntimeApi(
    { functionArn: "arn", uid: process.getuid!() },
    { onNext: () => {}, onResult: () => "unknown", onInitError: () => {} },
  );
  const [host, port] = (await api.listen()).split(":") as [string, string];
  // What is thrown in the server's own handlers would fail the run.
  for (let n = 0; n < 50; n++) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), host, () => socket.resetAndDestroy());
      socket.on("error", () => {});
      socket.on("close", () => resolve());
    });
  }
  expect((await fetch(`http://${host}:${port}/nothing`)).status).toBe(404);
  api.close();
});

it("keeps the event for a runtime that gave up waiting and asks again", async () => {
  let [asked, gone] = [0, 0];
  const api = new RuntimeApi(
    { functionArn: "arn", uid: process.getuid!() },
    { onNext: () => void asked++, onResult: () => "unknown", onInitError: () => {} },
  );
  const next = `http://${await api.listen()}/2018-06-01/runtime/invocation/next`;
  const impatient = new AbortController();
  const first = fetch(next, { signal: impatient.signal }).catch(() => gone++);
  await expect.poll(() => asked).toBe(1);
  impatient.abort();
  await first;
  // Its socket is closed on the other side, too.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(gone).toBe(1);
  api.deliver({ requestId: "id", payload: Buffer.from("7"), traceId: "t" }, Date.now() + 1000);
  const answer = await fetch(next);
  expect([answer.status, answer.headers.get("lambda-runtime-aws-request-id"), await answer.text()]).toEqual([
    200,
    "id",
    "7",
  ]);
  expect((await fetch(next)).status).toBe(403);
  api.close();
});

it("knows no user of a connection that is gone", async () => {
  expect(await peerUid(new Socket())).toBeUndefined();
  expect(findUid("", 1, 2)).toBeUndefined();
});

it("knows the user of each of many connections, more than the kernel tells in one piece", async () => {
  const accepted: Socket[] = [];
  const server = createServer((socket) => accepted.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const clients = Array.from({ length: 200 }, () => connect(port, "127.0.0.1"));
  await expect.poll(() => accepted.length).toBe(clients.length);
  expect(new Set(await Promise.all(accepted.map(peerUid)))).toEqual(new Set([process.getuid!()]));
  for (const socket of [...accepted, ...clients]) socket.destroy();
  server.close();
});

it("a runtime that is refused has no event, and says why", async () => {
  const api = new RuntimeApi(
    { functionArn: "arn", uid: process.getuid!() + 1 },
    { onNext: () => {}, onResult: () => "unknown", onInitError: () => {} },
  );
  const client = new RuntimeClient(await api.listen());
  await expect(client.next()).rejects.toThrow(/gives no event: 403 .*not the function's user/);
  api.close();
});
