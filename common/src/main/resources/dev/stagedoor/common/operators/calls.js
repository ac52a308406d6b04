// How the pages of operators ask. Every call either gives its answer, or throws a Refusal that says why. Name and password
// are kept here, in memory alone, and shown with every call: no cookie that another site's page could use.

export class Refusal extends Error {
  constructor(status, problem, retryAfter) {
    const fields = problem.fields ?? [];
    super(fields.map((it) => `${it.field} must ${it.must}`).join(', ') || problem.detail || problem.title || String(status));
    this.status = status;
    this.fields = fields;
    this.retryAfter = retryAfter;
  }
}

let shown = null;

export function signInAs(name, password) {
  shown = name === null ? null : `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${name}:${password}`)))}`;
}

/** @param body a document, or text that is one */
export async function ask(method, address, body, patience = 10_000) {
  const answer = await fetch(address, {
    method,
    headers: {
      ...(shown ? { Authorization: shown } : {}),
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
