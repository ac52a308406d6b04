// The thread of one VU: loads the script for itself, so that nothing it keeps is seen by another VU, as in k6. Network and
// time belong to the main thread. Exports what the modules share that play k6.
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { MAIN, Turns } from './turns.js';

const { id, script, time } = workerData;
const turns = new Turns(workerData, MAIN);

export const vu = { declared: {}, samples: [], scenario: undefined, jar: undefined, options: undefined };

/** Of the main thread: requests to be sent at once and answered, or some milliseconds to pass. */
export function ask(wish) {
  turns.say(wish);
  return turns.hear();
}

export function record(metric, value, tags) {
  vu.samples.push({ metric, value: Number(value), tags });
}

globalThis.__ENV = process.env;
globalThis.__VU = id;
console.warn = console.error = (sentence) => writeSync(2, `${sentence}\n`);
if (time) {
  Date.now = () => time[0];
}
import(script).then(serve, (e) => turns.say({ outcome: { failure: e.stack } }));

function serve(script) {
  vu.options = script.options;
  let outcome = { result: { options: script.options, calls: Object.keys(script), declared: vu.declared }, measured: [] };
  for (;;) {
    const { name, argument, scenario, iteration } = ask({ outcome });
    globalThis.__ITER = iteration;
    Object.assign(vu, { samples: [], scenario, jar: undefined });
    try {
      // What goes from one VU to another goes as JSON, as in k6.
      outcome = { result: JSON.stringify(script[name](argument)), measured: vu.samples };
    } catch (e) {
      outcome = { failure: e.stack };
    }
  }
}
