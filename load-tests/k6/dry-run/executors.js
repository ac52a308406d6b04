// When iterations begin: the three executors that the scripts use, on a small scale.
import { seconds } from './clock.js';

const ARRIVALS = ['timeUnit', 'preAllocatedVUs', 'maxVUs', 'gracefulStop'];
const SETTINGS = {
  'constant-arrival-rate': ['rate', 'duration', ...ARRIVALS],
  'ramping-arrival-rate': ['startRate', 'stages', ...ARRIVALS],
  'per-vu-iterations': ['vus', 'iterations', 'maxDuration'],
};
const STEP_MILLIS = 5;

/** Plays one scenario to its end, and fails if k6 would have interrupted somebody. */
export async function play(name, { executor, exec = 'default', ...settings }, crew) {
  const { timeUnit = '1s', iterations = 1, gracefulStop = '30s', maxDuration = '0s' } = settings;
  const unknown = Object.keys(settings).filter((key) => !SETTINGS[executor]?.includes(key));
  if (unknown.length > 0 || timeUnit !== '1s' || iterations !== 1) {
    throw new Error(`${name}: the dry run does not know ${executor} with these settings, ${unknown}`);
  }
  const scenario = { exec, startTime: crew.clock.now() };
  const begun = await (executor === 'per-vu-iterations' ? together : oneByOne)(settings, scenario, crew);
  const interrupted = crew.clock.sleep((seconds(maxDuration) + seconds(gracefulStop)) * 1000).then(() => {
    throw new Error(`${name}: iterations were interrupted`);
  });
  await Promise.race([Promise.all(begun), interrupted]);
}

function together({ vus }, scenario, crew) {
  const team = Array.from({ length: vus }, () => crew.hire());
  scenario.startTime = crew.clock.now();
  return team.map((vu) => vu.iterate(scenario));
}

/** Begins as many iterations as are due, on whoever is free; who is not there in time is missing. */
async function oneByOne({ rate, duration, startRate = rate, stages, preAllocatedVUs }, scenario, crew) {
  const ramp = stages ?? [{ target: rate, duration }];
  const until = ramp.reduce((sum, stage) => sum + seconds(stage.duration), 0);
  const team = [];
  const begun = [];
  let due = 0;
  for (let elapsed = 0; elapsed < until; elapsed = (crew.clock.now() - scenario.startTime) / 1000) {
    for (; due < arrived(ramp, startRate, elapsed); due++) {
      if (!team.some((vu) => !vu.isBusy) && team.length < preAllocatedVUs) {
        team.push(crew.hire());
      }
      const free = team.find((vu) => !vu.isBusy);
      if (free) {
        begun.push(free.iterate(scenario));
      } else {
        crew.measurements.add([{ metric: 'dropped_iterations', value: 1 }]);
      }
    }
    await crew.clock.sleep(STEP_MILLIS);
  }
  return begun;
}

/** How many have come after so many seconds, the first one at once. */
function arrived(ramp, startRate, elapsed) {
  let rate = startRate;
  let left = elapsed;
  let sum = 1;
  for (const { target, duration } of ramp) {
    const spent = Math.min(left, seconds(duration));
    sum += (rate + ((target - rate) * spent) / (seconds(duration) || 1) / 2) * spent;
    left -= spent;
    rate = target;
  }
  return Math.floor(sum);
}
