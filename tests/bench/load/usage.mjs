// What processes use, from /proc: CPU time in ticks of 10 ms, and memory.
import { readdirSync, readFileSync } from 'node:fs';

const TICK_US = 10_000;
const SAMPLE_MS = 200;
const SETTLE_MS = 500;
const ENDING_SAMPLE_MS = 50;

/** CPU time of the processes so far, in microseconds. @param {readonly number[]} pids */
export function cpuUs(pids) {
  let ticks = 0;
  for (const pid of pids) {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * TICK_US;
}

/** Memory of the processes in KiB; the anonymous part leaves mapped files out. @param {readonly number[]} pids */
export function memoryKb(pids) {
  const sum = { rss: 0, anon: 0 };
  for (const pid of pids) {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    sum.rss += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
    sum.anon += Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0);
  }
  return sum;
}

/** How many files the processes hold open. @param {readonly number[]} pids */
export function openFiles(pids) {
  return pids.reduce((total, pid) => total + readdirSync(`/proc/${pid}/fd`).length, 0);
}

/** Watches processes from now on. */
export class Watch {
  /** @param {readonly number[]} pids */
  constructor(pids) {
    this.pids = pids;
    this.startUs = cpuUs(pids);
    this.peak = memoryKb(pids);
    this.timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  #sample() {
    const now = memoryKb(this.pids);
    this.peak.rss = Math.max(this.peak.rss, now.rss);
    this.peak.anon = Math.max(this.peak.anon, now.anon);
  }

  /** What was used, once what goes on behind the answers has settled. @param {number} messages */
  async finish(messages) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    clearInterval(this.timer);
    this.#sample();
    return {
      cpuUsPerMessage: (cpuUs(this.pids) - this.startUs) / messages,
      rssPeakMb: this.peak.rss / 1024,
      anonPeakMb: this.peak.anon / 1024,
    };
  }
}

/** The CPU of processes that end by themselves: the last that was seen. */
export class EndingUsage {
  #last = new Map();
  #timer;

  /** @param {readonly number[]} pids */
  constructor(pids) {
    this.#timer = setInterval(() => {
      for (const pid of pids) this.#look(pid);
    }, ENDING_SAMPLE_MS);
  }

  finish() {
    clearInterval(this.#timer);
    return [...this.#last.values()].reduce((sum, us) => sum + us, 0);
  }

  #look(pid) {
    try {
      this.#last.set(pid, Math.max(cpuUs([pid]), this.#last.get(pid) ?? 0));
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    }
  }
}
