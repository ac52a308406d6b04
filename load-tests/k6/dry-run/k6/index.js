import { pause, record, vu } from './vu.js';

export function sleep(seconds) {
  pause(seconds * 1000);
}

export function check(value, sets, tags) {
  let all = true;
  for (const [name, test] of Object.entries(sets)) {
    const passed = Boolean(typeof test === 'function' ? test(value) : test);
    record('checks', 'rate', passed ? 1 : 0, Object.assign({ check: name }, tags));
    all = all && passed;
  }
  return all;
}

export function group(name, act) {
  vu.groups.push(name);
  try {
    return act();
  } finally {
    vu.groups.pop();
  }
}
