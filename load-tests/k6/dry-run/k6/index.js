import { ask, record } from '../thread.js';

export const sleep = (seconds) => ask({ millis: seconds * 1000 });

export const group = (name, act) => act();

/** Records only: unlike k6's, says nothing. */
export function check(value, sets) {
  Object.values(sets).forEach((test) => record('checks', Boolean(test(value))));
}
