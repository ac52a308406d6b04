// Runs a k6 script on a small scale without k6: to see that the scripts do what they say, not to load anything.
//
//   node load-tests/k6/dry-run/run.js load-tests/k6/ticket-sale.js [fault]
//
// With a fault (or none) on a sale in memory that has it, in a time that jumps; else on a real one, in real time.
// Ends with 0 if every threshold holds, 99 if one is crossed, 1 if a script fails. Knows of k6 what the scripts
// use and is stricter than k6: what it does not know, it refuses.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { JumpingTime, realTime } from './clock.js';
import { crookedSale } from './crooked-sale.js';
import { play } from './executors.js';
import { summary } from './measurements.js';
import { send } from './network.js';
import { Vu } from './vu.js';

const OPTIONS = ['scenarios', 'thresholds', 'summaryTrendStats', 'noConnectionReuse', 'batch', 'batchPerHost'];
const CROSSED = 99;

const [script, fault] = process.argv.slice(2);
const clock = fault ? new JumpingTime() : realTime;
const test = { script: pathToFileURL(script).href, clock, send: fault ? crookedSale(fault, clock) : send, vus: 0, samples: [] };
const director = new Vu(test);
const { options, calls, declared } = (await director.loaded).result;
const unknown = Object.keys(options).filter((option) => !OPTIONS.includes(option));
assert(unknown.length === 0, `the dry run does not know ${unknown}`);

const since = clock.now();
test.data = await outside('setup');
await Promise.all(Object.entries(options.scenarios).map(([name, scenario]) => play(name, scenario, test)));
await outside('teardown', test.data);
const metrics = summary(test.samples, options.thresholds, declared);
const files = await outside('handleSummary', { metrics, state: { testRunDurationMs: clock.now() - since } });
Object.entries(files).forEach(([where, text]) => (where === 'stdout' ? process.stdout.write(text) : writeFileSync(where, text)));
const isMet = ({ thresholds }) => Object.values(thresholds).every(({ ok }) => ok);
process.exit(Object.values(metrics).every(isMet) ? 0 : CROSSED);

async function outside(name, argument) {
  return calls.includes(name) ? director.call(name, argument, { startTime: clock.now() }) : undefined;
}
