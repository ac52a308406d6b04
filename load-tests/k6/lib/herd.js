// Many places held by one VU: as load, a thousand people who wait cost a handful of VUs; as witnesses, they see the
// order among all of themselves, from joins that come one after another as from joins that come at the same moment.
import { sleep } from 'k6';
import { joinTogether, leave, lookIntoRoom, pollTogether } from './calls.js';
import { Line, Place } from './order.js';
import { complain, orderInversions, peopleAdmitted, peopleJoined, placesLost, timeInLine } from './metrics.js';
import { viewLagMillis } from './settings.js';

const NOTHING_TO_DO_MILLIS = 250;
const TRIES = 20;

export class Herd {
  /** mayBePutBack: for those who live through a loss of Redis. */
  constructor(mayBePutBack) {
    this.mayBePutBack = mayBePutBack;
    this.line = new Line(viewLagMillis);
    this.waiting = [];
  }

  /** New guests, all at the same moment; those who are told to come back do so, together. */
  join(people) {
    let missing = people;
    for (let tries = 0; tries < TRIES && missing > 0; tries++) {
      const before = this.line.newest;
      const since = Date.now();
      const answers = joinTogether(Array.from({ length: missing }, () => ({})));
      answers.filter((answer) => answer.expected).forEach((answer) => this.takeIn(answer.body, before, since));
      const refused = answers.filter((answer) => !answer.expected && answer.comeBackMillis > 0);
      refused.slice(0, 1).forEach((answer) => sleep(answer.comeBackMillis / 1000));
      missing = refused.length;
    }
  }

  takeIn(status, before, since) {
    peopleJoined.add(1);
    this.judge(this.line.joined(status, before));
    const member = {
      headers: { 'Queue-Token': status.token },
      place: new Place(status, this.mayBePutBack),
      since: since,
      due: Date.now() + status.pollAfterMillis,
    };
    if (status.state === 'ACTIVE') {
      this.goIn(member);
    } else {
      this.waiting.push(member);
    }
  }

  /** Polls for all who are due, then sleeps until somebody is, at most until the given time. */
  attend(until) {
    const now = Date.now();
    const due = this.waiting.filter((member) => member.due <= now);
    if (due.length > 0) {
      const answers = pollTogether(due.map((member) => member.headers));
      answers.forEach((answer, i) => this.hear(due[i], answer));
      this.waiting = this.waiting.filter((member) => !member.gone);
    }
    const next = this.waiting.reduce((earliest, member) => Math.min(earliest, member.due), Date.now() + NOTHING_TO_DO_MILLIS);
    sleep(Math.max(0.01, (Math.min(next, until) - Date.now()) / 1000));
  }

  hear(member, answer) {
    if (answer.status !== 200) {
      this.hearRefusal(member, answer);
      return;
    }
    this.judge(member.place.saw(answer.body).concat(this.line.saw(answer.body)));
    member.due = Date.now() + answer.body.pollAfterMillis;
    if (answer.body.state === 'ACTIVE') {
      this.goIn(member);
    }
  }

  hearRefusal(member, answer) {
    if (answer.comeBackMillis > 0) {
      member.due = Date.now() + answer.comeBackMillis;
      return;
    }
    member.gone = true;
    if (answer.expected) {
      complain(placesLost, `${member.place.sequence}: ${answer.body.code}`);
    }
  }

  /** Makes room at once for those behind. */
  goIn(member) {
    member.gone = true;
    peopleAdmitted.add(1);
    timeInLine.add(Date.now() - member.since);
    leave(member.headers);
  }

  leave() {
    this.waiting.forEach((member) => leave(member.headers));
    this.waiting = [];
  }

  /** While a lost line is put together anew, who is in front of whom says nothing. */
  judge(wrong) {
    if (wrong.length > 0 && this.mayBePutBack && isRecovering()) {
      this.line.forget();
      return;
    }
    wrong.forEach((sentence) => complain(orderInversions, sentence));
  }
}

function isRecovering() {
  const answer = lookIntoRoom();
  return answer.status !== 200 || answer.body.recovering;
}
