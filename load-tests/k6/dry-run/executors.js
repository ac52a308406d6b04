// When iterations begin: the three executors that the scripts use, on a small scale.
import assert from 'node:assert/strict';
import { seconds } from './clock.js';
import { Vu } from './vu.js';

const ARRIVALS = ['timeUnit', 'preAllocatedVUs', 'maxVUs', 'gracefulStop'];
const SETTINGS = {
  'constant-arrival-rate': ['rate', 'duration', ...ARRIVALS],
  'ramping-arrival-rate': ['startRate', 'stages', ...ARRIVALS],
  'per-vu-iterations': ['vus', 'iterations', 'maxDuration'],
};
const STEP_MILLIS = 5;

/** Plays one scenario to its end, and fails if k6 would have interrupted somebody. */
export async function play(name, { executor, exec = 'default', ...settings }, test) {
  const { timeUnit = '1s', iterations = 1, gracefulStop = '30s', maxDuration = '0s' } = settings;
  const unknown = Object.keys(settings).filter((key) => !SETTINGS[executor]?.includes(key));
  assert(unknown.length === 0 && timeUnit === '1s' && iterations === 1, `${name}: ${executor} is not known with these settings, ${unknown}`);
  const begun = await (executor === 'per-vu-iterations' ? together : oneByOne)(settings, exec, test);
  const interrupted = test.clock.sleep((seconds(maxDuration) + seconds(gracefulStop)) * 1000);
  await Promise.race([Promise.all(begun), interrupted.then(() => assert.fail(`${name}: iterations were interrupted`))]);
}

function together({ vus }, exec, test) {
  const team = Array.from({ length: vus }, () => new Vu(test));
  const scenario = { exec, startTime: test.clock.now() };
  return team.map((vu) => vu.iterate(scenario));
}

/** Begins as many iterations as are due, the first one at once, on whoever is free; who is not there in time is missing. */
async function oneByOne({ rate, duration, startRate = rate, stages, preAllocatedVUs }, exec, test) {
  const scenario = { exec, startTime: test.clock.now() };
  const begun = [];
  const team = [];
  let [from, due, last] = [startRate, 1, scenario.startTime];
  for (const stage of stages ?? [{ target: rate, duration }]) {
    const [since, length] = [last, seconds(stage.duration) * 1000];
    while (last < since + length) {
      const now = Math.min(test.clock.now(), since + length);
      due += ((from + ((stage.target - from) * (now - since)) / length) * (now - last)) / 1000;
      last = now;
      for (; due >= 1; due--) {
        if (team.length < preAllocatedVUs && team.every((vu) => vu.isBusy)) {
          team.push(new Vu(test));
        }
        const free = team.find((vu) => !vu.isBusy);
        begun.push(free?.iterate(scenario));
        test.samples.push({ metric: 'dropped_iterations', value: free ? 0 : 1 });
      }
      await test.clock.sleep(STEP_MILLIS);
    }
    from = stage.target;
  }
  return begun;
}
