// The driver of BullMQ over ioredis, as its documentation has it.
import { fileURLToPath } from "node:url";

import { Queue, Worker } from "bullmq";

import { drive } from "./drive.mjs";

const connectionOf = ({ port }) => ({ host: "127.0.0.1", port, maxRetriesPerRequest: null });

async function openProducer(settings) {
    const queue = new Queue(settings.queue, {
        connection: connectionOf(settings),
        defaultJobOptions: { removeOnComplete: true },
    });
    await queue.waitUntilReady();
    return {
        add: (payloads) =>
            payloads.length === 1
                ? queue.add("bench", payloads[0])
                : queue.addBulk(payloads.map((data) => ({ name: "bench", data }))),
        close: () => queue.close(),
    };
}

async function openConsumer(settings, handle) {
    const worker = new Worker(settings.queue, async (job) => handle(job.data), {
        connection: connectionOf(settings),
        concurrency: settings.concurrency,
    });
    worker.on("error", (failure) => console.error(failure.message));
    await worker.waitUntilReady();
    return { stop: () => worker.close() };
}

await drive({ openProducer, openConsumer }, fileURLToPath(import.meta.url));
