// /// script
// dependencies = ["pg-boss@12.35.0", "node@22.23.3"]
// [tool.bench]
// name = "pg-boss"
// keeps = "every job for 7 days, one row each: data, state, times of the last attempt, retries"
// acknowledges = "a batch in one statement, fenced; a dead worker's batch runs again after 15 min"
// settings = "2 workers a process, 1000 jobs a fetch, burstWhenBatchFull, LISTEN/NOTIFY"
// drain = 30000
// bulk = 50000
// batch = 5000
// ///

import { PgBoss } from "pg-boss";

import { STORE, program, ran } from "./program.mjs";

const QUEUE = "bench";
const LEFT = "select count(*)::int as left from pgboss.job where name = $1 and state < 'completed'";

/** An instance whose errors are told, ready to use. */
async function started(options) {
  const boss = new PgBoss({ connectionString: STORE, useListenNotify: true, ...options });
  boss.on("error", console.error);
  await boss.start();
  return boss;
}

async function setup() {
  const boss = await started();
  await boss.createQueue(QUEUE, { notify: true });
  await boss.stop();
}

async function client() {
  const boss = await started({ supervise: false, schedule: false });
  return {
    one: (args) => boss.send(QUEUE, args),
    many: (list) => boss.insert(QUEUE, list.map((args) => ({ data: args }))),
    left: async () => (await boss.getDb().executeSql(LEFT, [QUEUE])).rows[0].left,
    close: () => boss.stop(),
  };
}

async function work() {
  const boss = await started();
  const options = { batchSize: 1000, localConcurrency: 2, burstWhenBatchFull: true };
  await boss.work(QUEUE, options, async (jobs) => {
    for (const job of jobs) ran(job.data);
  });
  return () => boss.stop();
}

await program({ setup, client, work });
