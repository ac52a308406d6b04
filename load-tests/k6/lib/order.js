// What a fair line looks like from where a visitor stands. Nothing here calls anybody: every function takes the
// documents that the gateway has sent and returns what is wrong with them, in words; an empty list is a fair line.
//
// VUs share nothing, so nobody sees all of the line. Each one judges what it can see honestly: its own place over
// time, and the order among all places that it holds itself.

/** One place, from the join on. The join itself does not count those who join in the same moment; polls do. */
export class Place {
  /** mayBePutBack: through a loss of Redis only the sequence stays as it was. */
  constructor(joined, mayBePutBack) {
    this.sequence = joined.sequence;
    this.state = joined.state;
    this.mayBePutBack = mayBePutBack;
    this.polled = undefined;
  }

  saw(status) {
    const wrong = [];
    if (status.sequence !== this.sequence) {
      wrong.push(`the place ${this.sequence} became ${status.sequence}`);
    }
    if (!this.mayBePutBack) {
      wrong.push(...this.hasFallenBack(status));
    }
    this.state = status.state;
    if (status.state === 'WAITING') {
      this.polled = status;
    }
    return wrong;
  }

  hasFallenBack(status) {
    const wrong = [];
    if (this.state === 'ACTIVE' && status.state === 'WAITING') {
      wrong.push(`${this.sequence} waits again after the turn had come`);
    }
    if (status.state === 'WAITING' && this.polled && hasRisen(this.polled, status)) {
      wrong.push(`${this.sequence} fell back from position ${this.polled.position} to ${status.position}`);
    }
    return wrong;
  }
}

/** Positions are exact among the first 1,000 and estimates behind them; an older view proves nothing. */
function hasRisen(before, now) {
  const tolerated = before.position <= 1000 ? 0 : Math.max(20, before.position / 50);
  return now.position > before.position + tolerated && Date.parse(now.asOf) >= Date.parse(before.asOf);
}

/** Whoever is let in between two views is told so with the date of the former: only a later view counts against that. */
const NOT_YET_DATED = 1;

/** Several places of which one VU sees all. */
export class Line {
  constructor(viewLagMillis) {
    this.viewLagMillis = viewLagMillis;
    this.newest = 0;
    this.lastWaiting = new Map();
    this.admissions = new Map();
  }

  /** Before: the newest sequence that was known when the join was sent. Whoever comes later stands behind. */
  joined(status, before) {
    const wrong = status.sequence > before ? [] : [`${status.sequence} came after ${before}`];
    this.newest = Math.max(this.newest, status.sequence);
    return wrong.concat(this.saw(status));
  }

  /**
   * Nobody is let in while somebody with a smaller sequence waits: an answer that says that somebody is inside, and
   * one as of the same moment or later that says that an earlier one waits, cannot both be.
   */
  saw(status) {
    return status.state === 'WAITING' ? this.stillWaits(status) : this.isInside(status);
  }

  /** The line was lost: what was seen of it says nothing about the one that is put together now. */
  forget() {
    this.lastWaiting.clear();
    this.admissions.clear();
  }

  stillWaits(status) {
    const asOf = Date.parse(status.asOf);
    const wrong = [];
    this.admissions.forEach((since, sequence) => {
      if (sequence > status.sequence && asOf >= since) {
        wrong.push(`${status.sequence} waits while ${sequence} is inside`);
      }
    });
    this.lastWaiting.set(status.sequence, asOf);
    return wrong.slice(0, 1);
  }

  isInside(status) {
    if (this.admissions.has(status.sequence)) {
      return [];
    }
    const asOf = Date.parse(status.asOf);
    const waited = this.lastWaiting.get(status.sequence);
    const since = asOf + this.viewLagMillis + (waited < asOf ? 0 : NOT_YET_DATED);
    this.admissions.set(status.sequence, since);
    this.lastWaiting.delete(status.sequence);
    const wrong = [];
    this.lastWaiting.forEach((waitingAsOf, sequence) => {
      if (sequence < status.sequence && waitingAsOf >= since) {
        wrong.push(`${status.sequence} was let in while ${sequence} waited`);
      }
    });
    return wrong;
  }
}
