// The driver of graphile-worker, with the batching that its page on performance recommends.
import { fileURLToPath } from "node:url";

import { Logger, makeWorkerUtils, run } from "graphile-worker";

import { drive } from "./drive.mjs";

const logger = new Logger(() => (level, message) => {
    if (level === "error") console.error(message);
});

const optionsOf = ({ port, window, concurrency }) => ({
    connectionString: `postgres://bench@127.0.0.1:${port}/postgres`,
    maxPoolSize: Math.max(window, Math.min(concurrency, 16)) + 2,
    logger,
});

async function openProducer(settings) {
    const utils = await makeWorkerUtils(optionsOf(settings));
    await utils.migrate();
    return {
        add: (payloads) =>
            payloads.length === 1
                ? utils.addJob("bench", payloads[0])
                : utils.addJobs(payloads.map((payload) => ({ identifier: "bench", payload }))),
        close: () => utils.release(),
    };
}

// Jobs are fetched ahead and their ends written together, but where latency is what counts.
function batchingOf({ workload, concurrency }) {
    if (workload === "pickup") return {};
    return { localQueue: { size: 4 * concurrency }, completeJobBatchDelay: 0 };
}

async function openConsumer(settings, handle) {
    const runner = await run({
        ...optionsOf(settings),
        noHandleSignals: true,
        taskList: { bench: async (payload) => handle(payload) },
        preset: { worker: { concurrentJobs: settings.concurrency, ...batchingOf(settings) } },
    });
    return { stop: () => runner.stop() };
}

await drive({ openProducer, openConsumer }, fileURLToPath(import.meta.url));
