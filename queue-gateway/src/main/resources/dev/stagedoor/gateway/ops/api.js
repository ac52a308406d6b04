// The ops API.
import { ask } from './calls.js';

async function call(method, path, body, patience) {
  const answer = await ask(method, `/ops/api${path}`, body, patience);
  return answer.status === 204 ? null : answer.json();
}

const at = (room) => `/rooms/${encodeURIComponent(room)}`;

export const api = {
  session: () => call('GET', '/session'),
  rooms: () => call('GET', '/rooms'),
  make: (room, settings) => call('POST', '/rooms', { room, settings }),
  change: (room, settings) => call('PATCH', at(room) + '/settings', settings),
  history: (room) => call('GET', at(room) + '/history'),
  changes: (room) => call('GET', at(room) + '/changes'),
  end: (room, who) => call('POST', at(room) + '/end', { who }, 60_000),
  bans: (room) => call('GET', at(room) + '/bans'),
  ban: (room, ban) => call('POST', at(room) + '/bans', ban, 60_000),
  lift: (room, who) => call('DELETE', `${at(room)}/bans?who=${encodeURIComponent(who)}`),
  explain: (asked) => call('POST', '/explain', asked),
  revoke: (asked) => call('POST', '/revoke', asked),
};
