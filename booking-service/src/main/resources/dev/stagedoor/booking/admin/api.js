// The admin API. Every call either gives its document, or throws a Refusal that says why. Name and password are kept
// here, in memory alone, and shown with every call: no cookie that another site's page could use.

export class Refusal extends Error {
  constructor(status, problem, retryAfter) {
    const fields = (problem.fields ?? []).map((it) => `${it.field} must ${it.must}`).join(', ');
    super(fields || problem.detail || problem.title || String(status));
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

let shown = null;

export function signInAs(name, password) {
  shown = name === null ? null : `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${name}:${password}`)))}`;
}

async function ask(method, path, body, patience = 10_000) {
  const answer = await fetch(`/admin${path}`, {
    method,
    headers: {
      Authorization: shown,
      'Accept-Language': document.documentElement.lang,
      ...(body ? { 'Content-Type': 'application/json' } : {}),
    },
    body: typeof body === 'object' ? JSON.stringify(body) : body,
    credentials: 'omit',
    cache: 'no-store',
    signal: AbortSignal.timeout(patience),
  });
  if (answer.ok) return answer;
  throw new Refusal(answer.status, await answer.json().catch(() => ({})), Number(answer.headers.get('Retry-After') ?? 0));
}

const call = async (...asked) => (await ask(...asked)).json();

export const api = {
  session: () => call('GET', '/session'),
  concerts: (before) => call('GET', `/concerts${before ? `?before=${before}` : ''}`),
  makeConcert: (concert) => call('POST', '/concerts', concert),
  shows: (concert) => call('GET', `/concerts/${concert}/schedules`),
  makeShow: (concert, show) => call('POST', `/concerts/${concert}/schedules`, show, 60_000),
  changeShow: (show, change) => call('PATCH', `/schedules/${show}`, change),
  cancelShow: (show, reason) => call('POST', `/schedules/${show}/cancel`, { reason }),
  block: (show, seatNumbers, blocked) => call('PATCH', `/schedules/${show}/seats`, { seatNumbers, blocked }),
  refund: (payment, reason) => call('POST', `/payments/${payment}/refund`, { reason }),
  plans: () => call('GET', '/plans'),
  makePlan: (text) => call('POST', '/plans', text, 60_000),
  drawing: (plan) => call('GET', `/plans/${plan}/drawing`),
  audit: () => call('GET', '/audit', undefined, 120_000),
  changes: () => call('GET', '/changes'),
  salesCsv: async (show) => (await ask('GET', `/schedules/${show}/sales.csv`, undefined, 300_000)).blob(),
};
