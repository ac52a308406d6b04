// One visitor on the way in: joins, does as told, and watches that nobody takes the place away.
import { sleep } from 'k6';
import { join, leave, poll, register } from './calls.js';
import { Place } from './order.js';
import { patienceSeconds } from './settings.js';
import { complain, orderInversions, peopleAdmitted, peopleJoined, peopleWhoGaveUp, placesLost, timeInLine } from './metrics.js';

/** The last sequence that this VU was given: whoever joins after that answer stands behind it. */
let newest = 0;

export class Visitor {
  /** mayBePutBack: for those who live through a loss of Redis. */
  constructor(headers, mayBePutBack) {
    this.headers = headers;
    this.mayBePutBack = mayBePutBack;
    this.place = undefined;
    this.status = undefined;
    this.since = 0;
  }

  static guest(mayBePutBack) {
    return new Visitor({}, mayBePutBack);
  }

  /** Undefined if nobody could be registered. */
  static registered(name) {
    const answer = register(name);
    return answer.status === 201 ? new Visitor({ Authorization: `Bearer ${answer.body.accessToken}` }) : undefined;
  }

  /** Whether there is a place now. */
  join() {
    this.since = Date.now();
    const answer = join(this.headers);
    if (!answer.expected) {
      return false;
    }
    const status = answer.body;
    if (status.sequence <= newest) {
      complain(orderInversions, `${status.sequence} came after ${newest}`);
    }
    newest = Math.max(newest, status.sequence);
    this.headers['Queue-Token'] = status.token;
    this.place = new Place(status, this.mayBePutBack);
    peopleJoined.add(1);
    this.hear(status);
    return true;
  }

  /** Joins once more without a new place: a second device, a reload, a new connection. */
  joinAgain() {
    const answer = join(this.headers);
    if (!answer.expected) {
      return false;
    }
    if (answer.status !== 200 || answer.body.sequence !== this.place.sequence) {
      complain(placesLost, `the place ${this.place.sequence} became ${answer.body.sequence}, ${answer.status}`);
      return false;
    }
    this.judge(answer.body);
    return true;
  }

  /** True when the turn has come; false for those whose patience or whose place has come to an end. */
  waitForTurn() {
    while (this.status.state === 'WAITING') {
      if (Date.now() - this.since > patienceSeconds * 1000) {
        peopleWhoGaveUp.add(1);
        this.leave();
        return false;
      }
      if (!this.waitAndPoll()) {
        return false;
      }
    }
    return true;
  }

  /** Waits as long as told and asks once. False if the place is gone. */
  waitAndPoll() {
    sleep(this.status.pollAfterMillis / 1000);
    const answer = poll(this.headers);
    if (answer.status === 200) {
      this.judge(answer.body);
      return true;
    }
    if (answer.comeBackMillis > 0) {
      sleep(answer.comeBackMillis / 1000);
      return true;
    }
    if (answer.expected) {
      complain(placesLost, `${this.place.sequence}: ${answer.body.code}`);
    }
    return false;
  }

  leave() {
    return leave(this.headers).status === 204;
  }

  judge(status) {
    this.place.saw(status).forEach((wrong) => complain(orderInversions, wrong));
    this.hear(status);
  }

  hear(status) {
    if (status.state === 'ACTIVE' && !this.isInside()) {
      peopleAdmitted.add(1);
      timeInLine.add(Date.now() - this.since);
    }
    this.status = status;
  }

  isInside() {
    return this.status !== undefined && this.status.state === 'ACTIVE';
  }
}
