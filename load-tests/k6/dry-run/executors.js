// When iterations begin: the three executors that the scripts use, on a small scale.

const COMMON = ['executor', 'exec', 'startTime', 'gracefulStop'];
const OWN = {
  'constant-arrival-rate': ['rate', 'timeUnit', 'duration', 'preAllocatedVUs', 'maxVUs'],
  'ramping-arrival-rate': ['startRate', 'timeUnit', 'stages', 'preAllocatedVUs', 'maxVUs'],
  'per-vu-iterations': ['vus', 'iterations', 'maxDuration'],
};
const STEP_MILLIS = 5;

/** Runs one scenario to its end; the crew lends VUs, each when it is needed, and runs iterations on them. */
export async function run(name, config, crew) {
  checkKeys(name, config);
  await pause(crew.clock, seconds(config.startTime ?? '0s') * 1000);
  const scenario = { name, startTime: crew.clock.now(), exec: config.exec ?? 'default', isLoad: true };
  const graceful = seconds(config.gracefulStop ?? '30s');
  if (config.executor === 'per-vu-iterations') {
    const all = Array.from({ length: config.vus }, () => repeat(crew.hire(), scenario, config.iterations));
    await crew.finish(all, seconds(config.maxDuration ?? '600s') + graceful, name);
    return;
  }
  const begun = await arrive(config.preAllocatedVUs, scenario, arrivals(config), crew);
  await crew.finish(begun, graceful, name);
}

async function repeat(vu, scenario, iterations) {
  for (let i = 0; i < iterations; i++) {
    await vu.iterate(scenario);
  }
}

/** Begins as many iterations as are due, on whoever is free; who is not there in time is missing. */
async function arrive(vus, scenario, { until, expected }, crew) {
  const team = [];
  const begun = [];
  let due = 0;
  for (let elapsed = 0; elapsed < until; elapsed = (crew.clock.now() - scenario.startTime) / 1000) {
    for (; due < Math.floor(expected(Math.min(elapsed, until))); due++) {
      let free = team.find((vu) => !vu.isBusy);
      if (!free && team.length < vus) {
        free = crew.hire();
        team.push(free);
      }
      if (free) {
        begun.push(free.iterate(scenario));
      } else {
        crew.dropped(scenario);
      }
    }
    await pause(crew.clock, STEP_MILLIS);
  }
  return begun;
}

/** How many iterations are due after so many seconds. */
function arrivals(config) {
  const unit = seconds(config.timeUnit ?? '1s');
  if (config.executor === 'constant-arrival-rate') {
    return { until: seconds(config.duration), expected: (elapsed) => 1 + (elapsed * config.rate) / unit };
  }
  const stages = config.stages.map(({ target, duration }) => ({ target, length: seconds(duration) }));
  return {
    until: stages.reduce((sum, { length }) => sum + length, 0),
    expected: (elapsed) => ramp(stages, config.startRate ?? 0, elapsed) / unit,
  };
}

function ramp(stages, startRate, elapsed) {
  let rate = startRate;
  let sum = 0;
  let left = elapsed;
  for (const { target, length } of stages) {
    const spent = Math.min(left, length);
    const reached = length === 0 ? target : rate + ((target - rate) * spent) / length;
    sum += ((rate + reached) / 2) * spent;
    left -= spent;
    rate = target;
  }
  return sum;
}

function checkKeys(name, config) {
  if (!(config.executor in OWN)) {
    throw new Error(`${name}: the dry run does not know the executor ${config.executor}`);
  }
  const known = COMMON.concat(OWN[config.executor]);
  Object.keys(config)
    .filter((key) => !known.includes(key))
    .forEach((key) => {
      throw new Error(`${name}: ${config.executor} has no setting ${key}`);
    });
}

function seconds(duration) {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(duration);
  if (!match) {
    throw new Error(`${duration} is no duration`);
  }
  return Number(match[1]) * { ms: 0.001, s: 1, m: 60 }[match[2]];
}

function pause(clock, millis) {
  return new Promise((resume) => clock.after(millis, resume));
}
