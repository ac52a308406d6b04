// Runs a k6 script on a small scale without k6: to see that the scripts do what they say, not to load anything.
//
//   node load-tests/k6/dry-run/run.js load-tests/k6/ticket-sale.js [fault]
//
// With a fault (or none) on a sale in memory that has it, in a time that jumps; else on a real one, in real time.
// Ends with 0 if every threshold holds, 99 if one is crossed, 107 if a script fails. Knows of k6 what the scripts
// use and is stricter than k6: what it does not know, it refuses.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Clock, JumpingClock } from './clock.js';
import { Crew } from './crew.js';
import { crookedSale } from './crooked-sale.js';
import { run } from './executors.js';
import { Network } from './network.js';
import { Measurements } from './thresholds.js';

const OPTIONS = ['scenarios', 'thresholds', 'noConnectionReuse', 'batch', 'batchPerHost', 'setupTimeout', 'teardownTimeout'];
const CROSSED = 99;
const FAILED = 107;

const [script, fault] = process.argv.slice(2);
const network = new Network();
const clock = fault ? new JumpingClock() : new Clock();
const sale = fault ? crookedSale(fault, clock) : (request, vu) => network.send(request, vu);
const crew = new Crew(pathToFileURL(script).href, clock, sale);
try {
  process.exitCode = await play();
} catch (e) {
  console.error(e.message);
  process.exitCode = FAILED;
} finally {
  clock.stop();
  await crew.dismiss();
}

async function play() {
  const director = crew.hire();
  const { options, calls, declared, failure } = await director.call('options');
  if (failure) {
    throw new Error(failure);
  }
  check(options, calls);
  const measurements = new Measurements(options.thresholds, declared);
  crew.onSamples = (samples) => measurements.add(samples);
  network.isReusing = options.noConnectionReuse !== true;

  const since = clock.now();
  if (calls.includes('setup')) {
    crew.setupData = await outside(director, 'setup');
  }
  if (crew.failures.length === 0) {
    await Promise.all(Object.entries(options.scenarios).map(([name, config]) => run(name, config, crew)));
  }
  if (calls.includes('teardown')) {
    await outside(director, 'teardown', crew.setupData);
  }
  return conclude(director, measurements, (clock.now() - since) / 1000);
}

async function conclude(director, measurements, seconds) {
  const metrics = measurements.summary(seconds);
  const data = { metrics, state: { testRunDurationMs: seconds * 1000 }, root_group: {}, options: {} };
  Object.entries((await outside(director, 'handleSummary', data)) ?? {}).forEach(([where, text]) =>
    where === 'stdout' ? process.stdout.write(text) : writeFileSync(where, text),
  );
  crew.failures.forEach((failure) => console.error(failure));
  if (crew.failures.length > 0) {
    return FAILED;
  }
  const isCrossed = Object.values(metrics).some((metric) => Object.values(metric.thresholds ?? {}).some(({ ok }) => !ok));
  return isCrossed ? CROSSED : 0;
}

/** What goes from one VU to another goes as JSON, as in k6. */
async function outside(director, name, argument) {
  const { result } = await director.call(name, argument, { name, startTime: clock.now(), isLoad: false });
  return result === undefined ? undefined : JSON.parse(JSON.stringify(result));
}

function check(options, calls) {
  Object.keys(options)
    .filter((option) => !OPTIONS.includes(option))
    .forEach((option) => {
      throw new Error(`the dry run does not know the option ${option}`);
    });
  Object.entries(options.scenarios).forEach(([name, { exec }]) => {
    if (!calls.includes(exec ?? 'default')) {
      throw new Error(`${name}: there is no function ${exec ?? 'default'}`);
    }
  });
}
