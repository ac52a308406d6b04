// The ops API. Every call either gives its document, or throws a Refusal that says why. Name and password are kept
// here, in memory alone, and shown with every call: no cookie that another site's page could use.

export class Refusal extends Error {
  constructor(status, problem, retryAfter) {
    super(problem.detail ?? problem.title ?? String(status));
    this.status = status;
    this.code = problem.code;
    this.title = problem.title;
    this.fields = problem.fields ?? [];
    this.retryAfter = retryAfter;
  }
}

let shown = null;

export function signInAs(name, password) {
  shown = name === null ? null : `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${name}:${password}`)))}`;
}

async function call(method, path, body, patience = 8000) {
  const answer = await fetch('/ops/api' + path, {
    method,
    headers: {
      ...(shown ? { Authorization: shown } : {}),
      'Accept-Language': document.documentElement.lang,
      ...(body ? { 'Content-Type': 'application/json' } : {}),
    },
    body: body && JSON.stringify(body),
    credentials: 'omit',
    cache: 'no-store',
    signal: AbortSignal.timeout(patience),
  });
  if (answer.status === 204) return null;
  const document_ = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(answer.status, document_, Number(answer.headers.get('Retry-After') ?? 0));
  return document_;
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
