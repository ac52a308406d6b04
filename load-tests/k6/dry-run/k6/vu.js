// What the modules of one VU share. Every VU is a thread with modules of its own: as in k6, nothing that a script
// keeps is seen by another VU. Network and time belong to the main thread; a VU stands still until it has answered.
import { receiveMessageOnPort, workerData } from 'node:worker_threads';

export const vu = {
  id: workerData.id,
  declared: {},
  samples: [],
  groups: [],
  scenario: undefined,
  iteration: 0,
  jar: undefined,
};

const { main, bell } = workerData;
const signal = new Int32Array(bell, 0, 1);
const time = new Float64Array(bell, 8, 1);

Date.now = () => time[0] || performance.timeOrigin + performance.now();

export function record(metric, type, value, tags) {
  const own = { scenario: vu.scenario ? vu.scenario.name : 'none', group: vu.groups.map((name) => `::${name}`).join('') };
  vu.samples.push({ metric, type, value, tags: Object.assign(own, tags) });
}

/** Sends all requests at once and waits for all answers. */
export function exchange(requests) {
  return ask({ requests });
}

export function pause(millis) {
  ask({ millis });
}

function ask(what) {
  Atomics.store(signal, 0, 0);
  main.postMessage(what);
  while (Atomics.load(signal, 0) === 0) {
    Atomics.wait(signal, 0, 0); // the bell for the answer before may ring late
  }
  return receiveMessageOnPort(main).message;
}
