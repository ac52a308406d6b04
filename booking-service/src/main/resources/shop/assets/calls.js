// The one way to the shop's API: what may be tried again is, and whoever has lost their turn goes back to the line.
import { Line, Refused } from './line.js';
import { element, language, say, trouble } from './words.js';

const line = new Line({ prefix: document.documentElement.dataset.queue, elsewhere: (code) => lost(code) });
let lost = backToTheLine;
let signedOut = toTheEntrance;

/** On a page that everybody may open, and when the visit has had its end: who cannot have something is told so, and not sent to the line. */
export function needsNoTurn() {
  lost = () => Response.json({ code: 'sign-in-required', title: say('signInFirst') }, { status: 401 });
  signedOut = (error) => { throw error; };
}

const saysAway = () => element('trouble').textContent === say('away');

// At each try: said once is enough.
line.on('away', () => { if (!saysAway()) trouble(say('away')); });

// Works where crypto.randomUUID does not: on plain http.
export function freshKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function once(method, path, body, key, cache = 'no-store') {
  const headers = { Accept: 'application/json', 'Accept-Language': language };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  const answer = await line.fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache })
    .catch((cause) => { throw new Error(say('unreached'), { cause }); });
  if (saysAway()) trouble('');
  if (answer.status === 204) return null;
  const document = await answer.json().catch(() => undefined);
  if (answer.ok && document) return document;
  throw new Refused(answer, document ?? { title: say('unreached') }); // a proxy, or the page of a network to sign in at
}

/**
 * @param key makes what changes something safe to be tried again: the same key is the same wish
 */
export async function call(method, path, body, key) {
  try {
    return await once(method, path, body, key);
  } catch (error) {
    if (error.code === 'user-not-found') await introduce();
    else if (error.code === 'sign-in-required') await renew().catch((over) => signedOut(over));
    else throw error;
    return once(method, path, body, key);
  }
}

export const get = (path) => call('GET', path);

const PAGE = 100;

/**
 * All of a list that is told in pages.
 *
 * @param behind says of the last one known where the next page begins
 */
export async function getAll(path, list, behind) {
  const all = [];
  let page;
  do {
    const from = all.length > 0 ? `${path.includes('?') ? '&' : '?'}${behind(all.at(-1))}` : '';
    page = (await get(path + from))[list];
    all.push(...page);
  } while (page.length === PAGE);
  return all;
}

/** What never changes is asked for once. */
export const getForGood = (path) => once('GET', path, undefined, undefined, 'default');

// This page's address is behind the gate: asking for it again shows the line, and leads back here.
function backToTheLine() {
  location.reload();
  return new Promise(() => {});
}

// Signed out on another device: whoever signs in again comes back here, where the place in line is still theirs.
function toTheEntrance(error) {
  if (error.code !== 'sign-in-required') throw error;
  location.replace(`/shop/tickets?back=${encodeURIComponent(location.pathname + location.search)}`);
  return new Promise(() => {});
}

// ── who is known ────────────────────────────────────────────────────────────────────────────────

const HALF_A_DAY = 43_200_000; // an access token lives for a day

function know(user) {
  keep('known', user.userId);
  keep('renewed', Date.now());
}

/** Where it is allowed and there is room, which some apps that show pages have not: nothing depends on what is kept. */
function ifAllowed(act) {
  try {
    return act(localStorage);
  } catch {
    return undefined; // as in a browser that is somebody's for the first time
  }
}

export const keep = (name, value) => ifAllowed((storage) => storage.setItem(name, value));
export const kept = (name) => ifAllowed((storage) => storage.getItem(name));
export const forget = () => ifAllowed((storage) => storage.removeItem('known'));

/** @returns the same sign-in with another token; nobody, if it is over */
async function renew() {
  try {
    know(await once('POST', '/api/v1/sign-ins/renewal'));
  } catch (error) {
    if (error.code === 'sign-in-required') forget();
    throw error;
  }
}

async function isStillSignedIn() {
  try {
    await renew();
    return true;
  } catch (error) {
    if (error.code === 'sign-in-required') return false;
    throw error;
  }
}

/** Whoever comes by once in a while stays known for as long again. */
export async function stayKnown() {
  if (kept('known') && Date.now() - kept('renewed') > HALF_A_DAY) await renew().catch(() => {});
}

export async function signIn(email, password) {
  know(await once('POST', '/api/v1/sign-ins', { email, password }));
}

// The line has let in somebody whom the sale does not know: a guest, who is known from now on. Unless
// this browser is somebody whose token had only run out: they stand in the line again, as themselves.
// Its cookie says so, and may be all that is left: what scripts have stored goes sooner.
async function introduce() {
  if (await isStillSignedIn()) {
    await line.leave().catch(() => {}); // the guest's place, which nobody needs any more
    await backToTheLine();
  }
  know(await once('PUT', '/api/v1/users/me', { name: say('guest') }));
}

/** Joins the line as somebody the sale knows, and goes to a page behind the gate; that shows the line if there is one. */
export async function goIn(address) {
  try {
    await stayKnown();
    if (!kept('known') && !await isStillSignedIn()) know(await once('POST', '/api/v1/users', { name: say('guest') }));
    await line.join();
  } catch {
    // The gate says at that address what is in the way.
  }
  location.assign(address);
}
