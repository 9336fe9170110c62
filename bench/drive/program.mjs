/**
 * What a peer's own process runs, for peers in JavaScript: the same commands, orders and files as
 * `program.py`, which says what each is.
 *
 * A peer is one file beside `floor.py` that ends with `program({ setup, client, work })`, run by
 * the Node that its header asks for. This module needs only what comes with Node.
 */

import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

/** Where the peer's store is, as a URL; Postgres' own PGHOST, PGPORT, PGUSER, ... are set. */
export const STORE = process.env.BENCH_URL ?? "";

/** Which of the variants that the file names is measured; empty if it names none. */
export const VARIANT = process.env.BENCH_VARIANT ?? "";

const FOLDER = process.env.BENCH_FOLDER ?? ".";
const TICK_BYTES = 24; // a 64-bit count and two doubles, as in program.py
const WRITE_MS = 10; // half of how often the driver looks

/** How many handlers ran in this process, when the first and the last did: a file of one record. */
class Ticks {
  #record = new ArrayBuffer(TICK_BYTES);
  #count = new BigInt64Array(this.#record, 0, 1);
  #times = new Float64Array(this.#record, 8, 2);
  #bytes = new Uint8Array(this.#record);
  #ran = 0;
  #file = null;
  #waits = false;

  add(jobs) {
    const at = now();
    if (this.#ran === 0) this.#times[0] = at;
    this.#ran += jobs;
    this.#times[1] = at;
    if (this.#waits) return;
    this.#waits = true; // a write a job would cost more than the job
    setTimeout(() => this.write(), WRITE_MS).unref();
  }

  /** Write what is not yet written. */
  write() {
    if (!this.#waits) return;
    this.#waits = false;
    this.#count[0] = BigInt(this.#ran);
    this.#file ??= fs.openSync(path.join(FOLDER, `${process.pid}.ticks`), "w");
    fs.writeSync(this.#file, this.#bytes, 0, TICK_BYTES, 0);
  }
}

const ticks = new Ticks();

/** Every handler calls this with its job's args, and does nothing else. */
export function ran({ i = 0, stamp = false }) {
  if (stamp) stampStart(i);
  tick();
}

/** Count so many jobs as run. */
export function tick(jobs = 1) {
  ticks.add(jobs);
}

/** Write down when job `i` started; in one write each, and at once. */
function stampStart(i) {
  fs.appendFileSync(path.join(FOLDER, `${process.pid}.stamps`), `${i} ${now().toFixed(6)}\n`);
}

/** Unix time in seconds, to the microsecond: `Date.now()` would cut it to milliseconds. */
function now() {
  return (performance.timeOrigin + performance.now()) / 1000;
}

/**
 * Do what the command line asks for.
 *
 * `setup()` makes the tables. `client()` gives an object of open connections, with `one(args)`,
 * `many(list of args)` and `left()` as `Client` in program.py describes them, and `close()`.
 * `work(processes)` starts running jobs, and gives the function that stops it: the jobs that run
 * are finished and acknowledged, and the connections closed.
 */
export async function program({ setup, client, work }) {
  const [command, processes] = process.argv.slice(2);
  if (command === "setup") {
    await setup();
  } else if (command === "client") {
    await serve(await client());
  } else {
    await untilTold(work, Number(processes));
  }
}

/** Work until SIGTERM. */
async function untilTold(work, processes) {
  const told = new Promise((resolve) => process.once("SIGTERM", resolve));
  process.once("exit", () => ticks.write());
  const stop = await work(processes);
  await told;
  await stop(); // and no exit here: it would cut off what a library still sends
}

/** Obey lines of JSON, each answered by one. */
async function serve(client) {
  answer({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: name, ...order } = JSON.parse(line);
    answer(await ORDERS[name](client, order));
  }
  await client.close();
}

function answer(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

/** Args of jobs numbered from `first`; a pad is random, so that no compression hides it. */
function argsOf(first, jobs, { pad = 0, stamp = false } = {}) {
  return Array.from({ length: jobs }, (_, index) => {
    const args = { i: first + index };
    if (pad) args.pad = randomBytes(Math.floor(pad / 2)).toString("hex");
    if (stamp) args.stamp = true;
    return args;
  });
}

/** Enqueue in bulk, `batch` jobs a call: seconds that the calls took. */
async function many(client, { first, jobs, batch, pad }) {
  let tookMs = 0;
  for (let start = first; start < first + jobs; start += batch) {
    const args = argsOf(start, Math.min(batch, first + jobs - start), { pad });
    const begun = performance.now();
    await client.many(args);
    tookMs += performance.now() - begun;
  }
  return { seconds: tookMs / 1000 };
}

/** Enqueue one after the other: seconds that the calls took. */
async function one(client, { first, jobs, pad }) {
  const args = argsOf(first, jobs, { pad });
  const begun = performance.now();
  for (const each of args) await client.one(each);
  return { seconds: (performance.now() - begun) / 1000 };
}

/** Enqueue stamped jobs, with pauses of `gap_s` to twice that: [i, sent, confirmed] of each. */
async function paused(client, { first, jobs, gap_s: gapS }) {
  const times = [];
  for (const each of argsOf(first, jobs, { stamp: true })) {
    await sleep(gapS * (1 + Math.random()) * 1000);
    const sent = now();
    await client.one(each);
    times.push([each.i, sent, now()]);
  }
  return { times };
}

/** Enqueue at a steady rate, `batch` jobs a call, the last of each stamped: [i, due] of those. */
async function pace(client, { first, per_s: perS, seconds, batch }) {
  const begun = now();
  const times = [];
  for (let call = 0; call < Math.floor((perS * seconds) / batch); call++) {
    const args = argsOf(first + call * batch, batch);
    const last = args[batch - 1]; // the others of a call start before it
    last.stamp = true;
    const due = begun + (call * batch) / perS;
    const earlyMs = (due - now()) * 1000;
    if (earlyMs > 0) await sleep(Math.ceil(earlyMs)); // a fraction would be cut: too early
    await client.many(args);
    times.push([last.i, due]);
  }
  return { times, seconds: now() - begun };
}

async function left(client) {
  return { left: await client.left() };
}

const ORDERS = { many, one, paused, pace, left };
