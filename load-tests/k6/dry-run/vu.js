// The thread of one VU: loads the script for itself and calls what it is asked to.
import { parentPort, workerData } from 'node:worker_threads';

globalThis.__ENV = workerData.environment;
globalThis.__VU = workerData.id;
globalThis.__ITER = 0;

const { record, vu } = await import('./k6/vu.js');
const script = await import(workerData.script);

parentPort.on('message', ({ call, argument, scenario, iteration }) => {
  if (call === 'options') {
    const calls = Object.keys(script).filter((name) => typeof script[name] === 'function');
    parentPort.postMessage({ options: script.options, calls, declared: vu.declared, samples: [] });
    return;
  }
  globalThis.__ITER = iteration;
  vu.iteration = iteration;
  vu.scenario = scenario;
  vu.jar = undefined;
  const since = Date.now();
  const outcome = { samples: vu.samples };
  try {
    outcome.result = script[call](argument);
  } catch (e) {
    outcome.failure = e.stack || String(e);
  }
  if (scenario.isLoad) {
    record('iterations', 'counter', 1, {});
    record('iteration_duration', 'trend', Date.now() - since, {});
  }
  parentPort.postMessage(outcome);
  vu.samples = [];
});
