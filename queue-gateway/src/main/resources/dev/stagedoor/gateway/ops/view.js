// What the console is made of.
import { count, el } from './elements.js';
import { dateAndTime, say, span } from './words.js';

export { announce, byId, count, el, speak, tell, translate } from './elements.js';

export function tiles(room) {
  const share = Math.min(1, room.active / room.settings.capacity);
  const bar = el('meter', { min: 0, max: 1, value: share, 'aria-hidden': 'true' });
  return [
    tile('waiting', count(room.waiting)),
    tile('active', count(room.active), say('of', count(room.settings.capacity)), bar),
    tile('admittedLastMinute', count(room.admittedLastMinute),
      room.settings['per-minute'] > 0 ? say('of', count(room.settings['per-minute'])) : ''),
    tile('oldestWait', room.waiting === 0 ? say('none') : span(room.oldestWaitSeconds)),
    tile('estimate', span(room.estimatedWaitSeconds)),
  ];
}

function tile(name, value, more = '', extra = null) {
  return el('div', { class: `tile ${name}` },
    el('dt', {}, say(name)), el('dd', {}, value, ...(more ? [el('small', {}, ' ' + more)] : []), extra));
}

const STORY = ['state', 'reason', 'position', 'estimatedWaitSeconds', 'joinedAt', 'admittedAt', 'lastSeenAt', 'lapsesAt',
  'sessionEndsAt', 'endedAt', 'room', 'user', 'sequence'];

export function story(it, revoke) {
  const value = (name) => {
    if (name === 'state') return say('states.' + it.state);
    if (name === 'reason') return say('reasons.' + it.reason);
    if (name === 'position') return count(it.position);
    if (name === 'estimatedWaitSeconds') return span(it.estimatedWaitSeconds);
    return name.endsWith('At') ? dateAndTime(it[name]) : String(it[name]);
  };
  const rows = STORY.filter((name) => it[name] != null)
    .map((name) => el('div', {}, el('dt', {}, say('story.' + name)), el('dd', {}, value(name))));
  const living = it.state === 'WAITING' || it.state === 'ACTIVE';
  return el('div', { class: `story ${it.state.toLowerCase()}` },
    el('p', { class: 'next' }, say('next.' + it.next)),
    el('dl', {}, ...rows),
    living ? el('button', { type: 'button', class: 'danger', onclick: revoke }, say('revoke')) : null);
}

export function ban(it, lift) {
  const ends = it.until ? say('until', dateAndTime(it.until)) : '';
  return el('li', {}, el('b', {}, it.who), ` ${ends} ${it.why} (${it.by}) `,
    el('button', { type: 'button', class: 'quiet', onclick: () => lift(it.who) }, say('lift')));
}

export function change(it) {
  const show = (value) => (Array.isArray(value) ? value.join(', ') : String(value));
  const [, user, sequence] = /^ticket (\S+) (\d+)$/.exec(it.what) ?? [];
  const what = sequence ? `${say('ticketOf', sequence)} (${user})` : it.what;
  return el('tr', {},
    el('td', {}, el('time', { datetime: it.at, title: it.at }, dateAndTime(it.at))),
    el('td', { title: `${it.by}, ${it.from}` }, it.by),
    el('td', {}, el('strong', {}, what), ' ', ...(show(it.old) ? [el('del', {}, show(it.old)), ' → '] : []), el('ins', {}, show(it.now))));
}
