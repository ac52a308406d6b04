// One VU that stands in the line in many places at once, to see that nobody overtakes. Others are the load.
import { Herd } from './herd.js';
import { orComplain } from './metrics.js';
import { number } from './settings.js';

const bursts = number('WITNESS_BURSTS', 10);
const each = number('WITNESSES', 10);
const everySeconds = number('WITNESS_EVERY_SECONDS', 5);
const patience = number('WITNESS_PATIENCE_SECONDS', 600);

/** As a scenario; its function is called witnesses. */
export const witnessing = {
  executor: 'per-vu-iterations',
  exec: 'witnesses',
  vus: 1,
  iterations: 1,
  maxDuration: `${bursts * everySeconds + patience + 30}s`,
};

/** A burst stands next to each other, the bursts stand far apart. */
export function standAsWitnesses(mayBePutBack) {
  const herd = new Herd(mayBePutBack);
  for (let burst = 0; burst < bursts; burst++) {
    herd.join(each);
    const next = Date.now() + everySeconds * 1000;
    while (Date.now() < next) {
      herd.attend(next);
    }
  }
  const until = Date.now() + patience * 1000;
  while (Date.now() < until && herd.waiting.length > 0) {
    herd.attend(until);
  }
  herd.leave();
}

export const witnesses = orComplain(() => standAsWitnesses(false));
