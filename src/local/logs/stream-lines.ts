/** The lines of a stream's file, and where they lie. */
import { fstatSync, readFileSync, readSync } from "node:fs";
import type { LogEvent } from "../service.ts";

/** Bytes that are read at once. */
const BLOCK = 64 * 1024;
export const NEWLINE = 0x0a;

/** Where an event stands among all of its stream: by time, then by place in the file. */
export interface Position {
  readonly timestamp: number;
  readonly offset: number;
}

export interface StoredEvent extends LogEvent, Position {
  readonly ingestionTime: number;
}

export function parse(line: Buffer, offset: number): StoredEvent {
  const [timestamp, ingestionTime, message] = JSON.parse(line.toString("utf8")) as [number, number, string];
  return { timestamp, ingestionTime, message, offset };
}

/** Size up to and with the last newline. */
export function wholeSize(file: number): number {
  const size = fstatSync(file).size;
  const start = newlineBefore(file, size);
  return start < 0 ? 0 : start + 1;
}

export function lastLine(file: number, size: number): StoredEvent {
  const offset = newlineBefore(file, size - 1) + 1;
  return parse(lineAt(file, offset, size)!, offset);
}

/** The times of all lines but the header. */
export function timesIn(file: number): number[] {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n").slice(1);
  return lines.map((line) => (JSON.parse(line) as [number])[0]);
}

/** Offset of the last newline before `end`; -1 when there is none. */
function newlineBefore(file: number, end: number): number {
  const block = Buffer.alloc(BLOCK);
  for (let to = end; to > 0; ) {
    const from = Math.max(0, to - block.length);
    const length = readSync(file, block, 0, to - from, from);
    const at = block.subarray(0, length).lastIndexOf(NEWLINE);
    if (at >= 0) return from + at;
    to = from;
  }
  return -1;
}

/** The line that begins at `offset`, without its newline; undefined when the file ends before it does. */
export function lineAt(file: number, offset: number, size: number): Buffer | undefined {
  const blocks: Buffer[] = [];
  for (let at = offset; at < size; ) {
    const block = Buffer.alloc(Math.min(BLOCK, size - at));
    const length = readSync(file, block, 0, block.length, at);
    const end = block.subarray(0, length).indexOf(NEWLINE);
    blocks.push(block.subarray(0, end < 0 ? length : end));
    if (end >= 0) return Buffer.concat(blocks);
    at += length;
  }
  return undefined;
}
