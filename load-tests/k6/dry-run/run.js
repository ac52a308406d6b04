// Runs a k6 script on a small scale without k6: to see that the scripts do what they say, not to load anything.
//
//   node load-tests/k6/dry-run/run.js load-tests/k6/ticket-sale.js [fault]
//
// With a fault (or none) on a sale in memory that has it, in a time that jumps; else on a real one, in real time.
// Ends with 0 if every threshold holds, 99 if one is crossed, 1 if a script fails. Knows of k6 what the scripts
// use and is stricter than k6: what it does not know, it refuses.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { JumpingTime, realTime } from './clock.js';
import { Crew } from './crew.js';
import { crookedSale } from './crooked-sale.js';
import { play } from './executors.js';
import { Measurements } from './measurements.js';
import { send } from './network.js';

const OPTIONS = ['scenarios', 'thresholds', 'noConnectionReuse', 'batch', 'batchPerHost'];
const CROSSED = 99;

const [script, fault] = process.argv.slice(2);
const clock = fault ? new JumpingTime() : realTime;
const crew = new Crew(pathToFileURL(script).href, clock, fault ? crookedSale(fault, clock) : send);
const director = crew.hire();
const { options, calls, declared } = director.loaded;
const unknown = Object.keys(options).filter((option) => !OPTIONS.includes(option));
if (unknown.length > 0) {
  throw new Error(`the dry run does not know ${unknown}`);
}
crew.measurements = new Measurements(options.thresholds, declared);

const since = clock.now();
crew.data = await outside('setup');
await Promise.all(Object.entries(options.scenarios).map(([name, scenario]) => play(name, scenario, crew)));
await outside('teardown', crew.data);
const metrics = crew.measurements.summary();
const files = await outside('handleSummary', { metrics, state: { testRunDurationMs: clock.now() - since } });
Object.entries(files).forEach(([where, text]) => (where === 'stdout' ? process.stdout.write(text) : writeFileSync(where, text)));
const isMet = ({ thresholds }) => Object.values(thresholds).every(({ ok }) => ok);
process.exit(Object.values(metrics).every(isMet) ? 0 : CROSSED);

async function outside(name, argument) {
  return calls.includes(name) ? director.call(name, argument, { startTime: clock.now() }) : undefined;
}
