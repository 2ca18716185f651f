// Reads lines of hex, each one message, and writes what @msgpack/msgpack reads in it, one line each, as docs/protocol.md writes values:
// JSON, with NaN and Infinity, h'00ff' for bytes and t'...' for a timestamp.
//
//   node decode.mjs FOLDER < lines      FOLDER holds node_modules
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { resolve } from "node:path";

const { decode } = createRequire(resolve(process.argv[2], "package.json"))("@msgpack/msgpack");

function text(value) {
    if (Array.isArray(value)) return `[${value.map(text).join(", ")}]`;
    if (value instanceof Uint8Array) return `h'${Buffer.from(value).toString("hex")}'`;
    if (value instanceof Date) return `t'${value.toISOString().replace(/\.000Z$/, "Z")}'`;
    if (typeof value === "number") return String(value);
    if (value === null || typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
    throw new Error(`a ${typeof value}, which no message holds`);
}

for await (const line of createInterface({ input: process.stdin })) console.log(text(decode(Buffer.from(line, "hex"))));
