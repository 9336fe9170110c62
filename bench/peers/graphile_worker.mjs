// /// script
// dependencies = ["graphile-worker@0.18.0", "node@22.23.3"]
// [tool.bench]
// keeps = "nothing: a job that ends is deleted"
// bulk = 80000
// batch = 5000
// [tool.bench.variants.batched]
// name = "graphile-worker"
// acknowledges = "deleted in batches, not waited for; a dead worker's jobs run again after 4 hours"
// settings = "24 jobs at once, local queue of 500, completion batched without delay: its perfTest"
// drain = 30000
// [tool.bench.variants.unbatched]
// name = "graphile-worker unbatched"
// acknowledges = "deleted one by one; not even a stop waits for it: what it left runs after 4 h"
// settings = "24 jobs at once; no local queue, completion not batched: its defaults"
// drain = 2800
// ///

import { STORE, VARIANT, program, ran } from "./program.mjs";

process.env.NO_LOG_SUCCESS = "1"; // no line of log a job, as in its perfTest; read on import
const { makeWorkerUtils, run, runMigrations } = await import("graphile-worker");

const TASK = "noop";
const MANY = `
  select 1 from graphile_worker.add_jobs(array(
    select json_populate_recordset(null::graphile_worker.job_spec, $1::json)))`;
const LEFT = "select count(*)::int as left from graphile_worker._private_jobs";

// from the documentation's page "Performance"
const BATCHING = {
  batched: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 },
  unbatched: { localQueue: { size: -1 }, completeJobBatchDelay: -1, failJobBatchDelay: -1 },
};
const preset = {
  worker: {
    connectionString: STORE,
    concurrentJobs: 24,
    maxPoolSize: 25,
    ...BATCHING[VARIANT],
  },
};

async function client() {
  const utils = await makeWorkerUtils({ connectionString: STORE });
  const query = (text, values) => utils.withPgClient((conn) => conn.query(text, values));
  return {
    one: (args) => utils.addJob(TASK, args),
    many: (list) =>
      query(MANY, [JSON.stringify(list.map((args) => ({ identifier: TASK, payload: args })))]),
    left: async () => (await query(LEFT)).rows[0].left,
    close: () => utils.release(),
  };
}

async function work() {
  const taskList = { [TASK]: ran };
  const runner = await run({ preset, taskList, parsedCronItems: [], noHandleSignals: true });
  return () => runner.stop();
}

await program({ setup: () => runMigrations({ preset }), client, work });
