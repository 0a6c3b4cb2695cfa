// `npm run soak`: a producer and a consumer of ours in one process, at a steady rate for minutes, with a server of ours.
// Fails when a message is lost or doubled, or when memory grows. Options: --minutes N (10)  --rate N per second (10000)
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { newTopic } from './runs.mjs';
import { BenchServer } from './servers.mjs';

const CLIENT = fileURLToPath(new URL('./load/soak-client.mjs', import.meta.url));
/** More than this per minute, in the second half of the run, is growth. */
const MAX_HEAP_MB_PER_MINUTE = 0.5;
const MAX_RSS_MB_PER_MINUTE = 3;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, rate: { type: 'string', default: '10000' } },
});
const job = { minutes: Number(values.minutes), rate: Number(values.rate), size: 1024 };
const directory = mkdtempSync(join(tmpdir(), 'rocketmq-soak-'));
process.exitCode = await main();

async function main() {
  const server = await BenchServer.start('ours', join(directory, 'server'));
  try {
    await server.registered();
    const topic = await newTopic(server);
    const samples = await run({ ...job, namesrv: server.namesrv, topic });
    return judge(samples);
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs the client and gives its samples, as they come. */
function run(given) {
  const samples = [];
  let rest = '';
  const child = spawn(process.execPath, ['--expose-gc', CLIENT, JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const sample = JSON.parse(line);
      samples.push(sample);
      process.stderr.write(`${show(sample)}, load ${loadavg()[0]?.toFixed(1)}\n`);
    }
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(samples) : reject(new Error(`the client ended with ${code}`))));
  });
}

function judge(samples) {
  const last = samples.at(-1);
  const steady = samples.filter(({ seconds }) => seconds > (job.minutes * 60) / 2);
  const heap = slopePerMinute(steady, 'heapMb');
  const rss = slopePerMinute(steady, 'rssMb');
  const rate = last.sent / last.seconds;
  const cpu = last.cpuUs / last.received;
  console.log(
    `${last.sent} sent, ${last.received} received, ${last.lost} lost, ${last.doubled} doubled, ${last.failed} failed;`,
  );
  console.log(
    `${rate.toFixed(0)} messages/s, ${cpu.toFixed(1)} µs CPU of producer and consumer per message;` +
      ` second half: heap ${heap.toFixed(2)} MB/min, resident ${rss.toFixed(2)} MB/min`,
  );
  const isGood = last.lost + last.doubled + last.failed === 0;
  return isGood && heap < MAX_HEAP_MB_PER_MINUTE && rss < MAX_RSS_MB_PER_MINUTE ? 0 : 1;
}

/** Of the line through the samples, by least squares. */
function slopePerMinute(samples, name) {
  if (samples.length < 2) return 0;
  const mean = (of) => samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [x, y] = [mean(({ seconds }) => seconds), mean((sample) => sample[name])];
  const above = mean((sample) => (sample.seconds - x) * (sample[name] - y));
  return (above / mean(({ seconds }) => (seconds - x) ** 2)) * 60;
}

function show({ seconds, sent, received, heapMb, rssMb }) {
  return `${seconds.toFixed(0)} s: ${sent} sent, ${received} received, heap ${heapMb.toFixed(1)} MB, resident ${rssMb.toFixed(1)} MB`;
}
