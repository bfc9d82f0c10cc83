// The workloads, the same for every peer, and the main function that all drivers share.
//
// A driver is { openProducer(settings) -> { add(payloads), close() }, openConsumer(settings, handle) -> { stop() } };
// all are asynchronous. add() resolves when the server has acknowledged, stop() when it has all ends of jobs.
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

import { nowUs, pause, Run, waitAllReceived } from "./run.mjs";

const PICKUP_PACE_US = 5000; // 200 jobs/s.
const PATIENCE_SECONDS = 60;
const NUMBERS = { port: 0, seconds: 1, jobs: 10000, batch: 1, window: 1, concurrency: 1, payload: 256, backlog: 2000 };

function parse() {
    const options = Object.fromEntries(Object.keys(NUMBERS).map((name) => [name, { type: "string" }]));
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const given = Object.entries(values).map(([name, text]) => [name, Number(text)]);
    return { ...NUMBERS, ...Object.fromEntries(given), workload: positionals[0], queue: "bench" };
}

function percentile(sorted, share) {
    return sorted.length === 0 ? 0 : sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

function print(jobs, seconds, latencies) {
    const sorted = Float64Array.from(latencies).sort();
    const result = { jobs, seconds, p50_us: percentile(sorted, 0.5), p99_us: percentile(sorted, 0.99) };
    console.log(JSON.stringify(result));
}

// Adds what the run allows, as many adds in flight as the window is wide.
async function produce(driver, run) {
    const { batch, window } = run.settings;
    const producer = await driver.openProducer(run.settings);
    run.start();
    const chain = async () => {
        while (!run.isOver) {
            const taken = run.take(batch);
            if (taken === 0) {
                await pause(1);
                continue;
            }
            const sentUs = nowUs();
            await producer.add(Array.from({ length: taken }, () => run.payload()));
            run.acknowledged(sentUs);
        }
    };
    await Promise.all(Array.from({ length: window }, chain));
    const seconds = run.seconds();
    await producer.close();
    return seconds;
}

async function add(driver, settings) {
    const run = new Run(settings, { seconds: settings.seconds });
    const seconds = await produce(driver, run);
    print(run.added, seconds, run.addLatencies);
}

async function drain(driver, settings) {
    const run = new Run(settings, { seconds: 2 * settings.seconds, jobs: settings.jobs });
    await produce(driver, run);
    run.endAdding();
    run.start();
    const consumer = await driver.openConsumer(settings, (payload) => run.handled(payload));
    await waitAllReceived(run, 3 * settings.seconds);
    await consumer.stop();
    print(run.received, run.seconds(), run.jobLatencies);
}

// The consumer has a thread, and so a loop, of its own.
async function produceAndConsume(driver, file, settings, limits) {
    const run = new Run(settings, { seconds: settings.seconds, ...limits });
    const worker = new Worker(file, { workerData: { settings, memory: run.memory } });
    const next = () => new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
    await next();
    run.start();
    const finished = next();
    await produce(driver, run);
    const { latencies } = await finished;
    print(run.received, run.seconds(), latencies);
    await worker.terminate();
}

async function consumeOnThread(driver) {
    const { settings, memory } = workerData;
    const run = new Run(settings, {}, memory);
    const consumer = await driver.openConsumer(settings, (payload) => run.handled(payload));
    parentPort.postMessage("ready");
    await waitAllReceived(run, settings.seconds + PATIENCE_SECONDS);
    await consumer.stop();
    parentPort.postMessage({ latencies: run.jobLatencies });
}

async function runWorkload(driver, file, settings) {
    switch (settings.workload) {
        case "add":
            return add(driver, settings);
        case "drain":
            return drain(driver, settings);
        case "steady":
            return produceAndConsume(driver, file, settings, { backlog: settings.backlog });
        case "pickup":
            return produceAndConsume(driver, file, settings, { paceUs: PICKUP_PACE_US });
        default:
            throw new Error(`workloads are add, drain, steady and pickup, not '${settings.workload}'`);
    }
}

// `file`: the driver's own, which is run again for its thread.
export async function drive(driver, file) {
    if (!isMainThread) return consumeOnThread(driver);
    try {
        await runWorkload(driver, file, parse());
        process.exit(0);
    } catch (failure) {
        console.error(failure.message);
        process.exit(1);
    }
}
