// What the modules of one VU share. Every VU is a thread with modules of its own: as in k6, nothing that a script
// keeps is seen by another VU. The network belongs to the main thread; a VU stands still until it has answered.
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

const { network, bell } = workerData;
const signal = new Int32Array(bell);

export function record(metric, type, value, tags) {
  const own = { scenario: vu.scenario ? vu.scenario.name : 'none', group: vu.groups.map((name) => `::${name}`).join('') };
  vu.samples.push({ metric, type, value, tags: Object.assign(own, tags) });
}

/** Sends all requests at once and waits for all answers. */
export function exchange(requests) {
  Atomics.store(signal, 0, 0);
  network.postMessage(requests);
  Atomics.wait(signal, 0, 0);
  return receiveMessageOnPort(network).message;
}

export function pause(millis) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis);
}
