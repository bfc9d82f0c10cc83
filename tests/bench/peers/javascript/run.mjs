// One measurement of a peer: what may be added when, and what has come back; shared by the threads of a run.
export const nowUs = () => Number(process.hrtime.bigint() / 1000n);

const ADDED = 0;
const RECEIVED = 1;
const IS_OVER = 2;

export class Run {
    // `limits`: end in seconds from now, jobs, backlog, pace in microseconds between two adds.
    constructor(settings, limits, memory = new SharedArrayBuffer(12)) {
        this.settings = settings;
        this.limits = { seconds: 3600, jobs: Infinity, backlog: Infinity, paceUs: 0, ...limits };
        this.memory = memory;
        this.counts = new Int32Array(memory);
        this.addLatencies = [];
        this.jobLatencies = [];
        this.start();
    }

    start() {
        this.beginUs = nowUs();
        this.nextDueUs = this.beginUs;
    }

    get added() {
        return Atomics.load(this.counts, ADDED);
    }
    get received() {
        return Atomics.load(this.counts, RECEIVED);
    }
    get isOver() {
        return Atomics.load(this.counts, IS_OVER) === 1;
    }
    get isAllReceived() {
        return this.isOver && this.received >= this.added;
    }
    seconds() {
        return (nowUs() - this.beginUs) / 1e6;
    }

    endAdding() {
        Atomics.store(this.counts, IS_OVER, 1);
    }

    // How many of `wanted` jobs may be added now; 0: none now, or none any more.
    take(wanted) {
        const now = nowUs();
        if (this.seconds() >= this.limits.seconds || this.added >= this.limits.jobs) {
            this.endAdding();
            return 0;
        }
        if (this.added - this.received + wanted > this.limits.backlog) return 0;
        if (this.limits.paceUs > 0) {
            if (now < this.nextDueUs) return 0;
            this.nextDueUs += this.limits.paceUs;
        }
        const taken = Math.min(wanted, this.limits.jobs - this.added);
        Atomics.add(this.counts, ADDED, taken);
        return taken;
    }

    // JSON of the size that is asked for, which tells the time.
    payload() {
        const payload = { at: nowUs(), fill: "" };
        payload.fill = "x".repeat(Math.max(0, this.settings.payload - JSON.stringify(payload).length));
        return payload;
    }

    acknowledged(sentUs) {
        this.addLatencies.push(nowUs() - sentUs);
    }

    handled(payload) {
        this.jobLatencies.push(nowUs() - payload.at);
        Atomics.add(this.counts, RECEIVED, 1);
    }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Blocks until all is received, or that has taken too long.
export async function waitAllReceived(run, seconds) {
    while (!run.isAllReceived && run.seconds() < seconds) await pause(1);
}
