import { connect, Socket } from "node:net";
import { expect, it } from "vitest";
import { findUid, peerUid } from "../../../src/local/lambda/invoke/peer.ts";
import { RuntimeApi } from "../../../src/local/lambda/invoke/runtime-api.ts";

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

it("knows no user of a connection that is gone", async () => {
  expect(await peerUid(new Socket())).toBeUndefined();
  expect(findUid("", 1, 2)).toBeUndefined();
});
