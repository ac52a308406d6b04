// The seller's page: asks the API every few seconds how the shows of a concert sell.
import { api } from './api.js';
import { Refusal, signInAs } from './calls.js';
import { draw } from './plan.js';
import { announce, ask, byId, change, count, el, figures, speak, state, tell, translate, violation } from './view.js';
import { atVenue, evening, momentAt, money, say } from './words.js';

const EVERY = 3000;
const SELDOM = 4; // rounds between two looks at changes

let viewer = false;
let concerts = [];
let reading; // more of them
let plans = [];
let chosen = null; // the concert on the page
let shows = [];
let cards = new Map(); // by show: made once, or whoever stands on a button with the keyboard would lose it
let going;
let round = 0;
let turn = 0; // only the latest call of follow goes on

// ── following ───────────────────────────────────────────────────────────────────────────────────

async function follow() {
  clearTimeout(going);
  const mine = ++turn;
  try {
    if (!document.hidden) {
      if (chosen) await look(chosen, mine);
      if (round++ % SELDOM === 0) await lookSeldom();
      tell(byId('banner'), '');
    }
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) return signOut();
    tell(byId('banner'), error instanceof Refusal ? error.message : say('unreachable'));
  }
  if (mine === turn) going = setTimeout(follow, EVERY);
}

async function look(concert, mine) {
  const { schedules } = await api.shows(concert.concertId);
  if (mine !== turn || concert !== chosen) return;
  shows = schedules;
  const ids = shows.map((it) => it.scheduleId);
  if (ids.join() !== [...cards.keys()].join()) {
    cards = new Map(shows.map((it) => [it.scheduleId, cards.get(it.scheduleId) ?? card(it.scheduleId)]));
    byId('shows').replaceChildren(...(cards.size > 0 ? [...cards.values()].map((it) => it.item) : [el('li', {}, say('noShows'))]));
  }
  for (const show of shows) update(cards.get(show.scheduleId), show);
}

async function lookSeldom() {
  const { changes } = await api.changes();
  byId('changes').replaceChildren(...(changes.length > 0 ? changes.map(change) : [el('tr', {}, el('td', { colspan: 3 }, say('noChanges')))]));
}

function soon() {
  round = 0;
  return follow();
}

function done(...words) {
  announce(say(...words));
  return soon();
}

// ── concerts ────────────────────────────────────────────────────────────────────────────────────

async function moreConcerts() {
  const page = (await api.concerts(concerts.at(-1)?.concertId)).concerts;
  concerts.push(...page);
  byId('more-concerts').hidden = page.length < 100;
  showConcerts();
}

const oneMore = () => reading ??= moreConcerts().catch((error) => tell(byId('banner'), error.message)).finally(() => { reading = undefined; });

function showConcerts() {
  const wanted = Number(location.hash.slice(1));
  const before = chosen;
  chosen = concerts.find((it) => it.concertId === wanted) ?? concerts[0] ?? null;
  byId('concerts').replaceChildren(...concerts.map((it) => el('li', {},
    el('a', { href: `#${it.concertId}`, 'aria-current': it === chosen && 'page' }, it.title))));
  byId('concert').hidden = !chosen;
  if (!chosen) return;
  if (chosen !== before) {
    cards = new Map();
    byId('shows').replaceChildren();
  }
  tell(byId('concert-title'), chosen.title);
  tell(byId('concert-about'), `${chosen.artist} · ${chosen.venue} · ${chosen.timeZone}`);
  document.title = `${chosen.title} – Stagedoor`;
}

function newConcert() {
  ask({
    title: say('newConcert'), yes: say('make'),
    fields: [
      { name: 'title', required: true, maxlength: 200 }, { name: 'artist', required: true, maxlength: 200 },
      { name: 'venue', required: true, maxlength: 200 }, { name: 'timeZone', required: true, value: 'Asia/Seoul' }],
  }, async (concert) => {
    const made = await api.makeConcert(concert);
    concerts.unshift(made);
    location.hash = made.concertId;
    showConcerts();
    done('made');
  });
}

// ── shows ───────────────────────────────────────────────────────────────────────────────────────

const times = (show = {}) => ['startsAt', 'salesOpenAt', 'salesCloseAt'].map((name) => ({
  name, type: 'datetime-local', required: name === 'startsAt' || Boolean(show.scheduleId),
  value: show[name] && atVenue(show[name], chosen.timeZone),
  hint: { salesOpenAt: show.scheduleId ? 'atTheVenue' : 'emptyNow', salesCloseAt: show.scheduleId ? 'atTheVenue' : 'emptyBegin' }[name] ?? 'atTheVenue',
}));

/** Only what says something else than before: a clock at the venue shows no seconds. */
function timesOf(values, before = {}) {
  const said = {};
  for (const name of ['startsAt', 'salesOpenAt', 'salesCloseAt']) {
    if (values[name] && values[name] !== (before[name] && atVenue(before[name], chosen.timeZone))) said[name] = momentAt(values[name], chosen.timeZone);
  }
  return said;
}

function newShow() {
  ask({
    title: say('newShow'), yes: say('make'),
    fields: [
      ...times(),
      { name: 'plan', options: [['', say('noPlan')], ...plans.map((it) => [it.planId, `${it.name} ${it.version} (${count(it.seatCount)})`])] },
      { name: 'seatCount', type: 'number', min: 1, max: 100_000, value: 50 },
      { name: 'price', type: 'number', min: 1, hint: 'inSmallestUnit' },
      { name: 'prices', type: 'textarea', hint: 'pricesHint' },
      { name: 'seatsPerUser', type: 'number', min: 1, max: 1000, value: 4, required: true }],
  }, async (values) => {
    const house = values.plan
      ? { planId: Number(values.plan), prices: pricesOf(values.prices) }
      : { seatCount: Number(values.seatCount), price: Number(values.price) };
    await api.makeShow(chosen.concertId, { ...timesOf(values), ...house, seatsPerUser: Number(values.seatsPerUser) });
    await done('made');
  });
}

const pricesOf = (text) => Object.fromEntries(text.split('\n').map((line) => /^\s*(.+?)[\s:=]+(\d+)\s*$/.exec(line)).filter(Boolean)
  .map(([, category, price]) => [category, Number(price)]));

function card(id) {
  const show = () => shows.find((it) => it.scheduleId === id);
  const titleId = `show-${id}`;
  const part = { title: el('h2', { id: titleId }), state: el('p', { class: 'pill' }), news: el('p', { class: 'hint' }),
    figures: el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-labelledby': titleId }) };
  const button = (word, act, kind = '') => el('button', { type: 'button', class: kind, 'data-act': word, 'aria-describedby': titleId, onclick: () => act(show()) }, say(word));
  part.running = el('span', { class: 'buttons change' },
    button('change', changeShow), button('close', closeSale), button('blockSeats', blockSeats), button('cancel', cancelShow, 'danger'));
  part.item = el('li', { class: 'card', 'data-show': id }, part.title, part.state, part.news, part.figures, part.running,
    el('span', { class: 'buttons' }, button('salesCsv', download)));
  return part;
}

function update(part, show) {
  const [word, kind] = state(show);
  tell(part.title, evening(show.startsAt, chosen.timeZone));
  tell(part.state, say(word));
  part.state.className = `pill ${kind}`;
  const moved = show.movedFrom ? say('movedFrom', evening(show.movedFrom, chosen.timeZone)) : '';
  tell(part.news, show.cancelledFor ?? moved);
  part.running.hidden = Boolean(show.cancelledAt);
  const drawn = JSON.stringify([show.categories, speak.language]);
  if (part.drawn !== drawn) part.figures.replaceChildren(figures(show.categories, chosen.currency));
  part.drawn = drawn;
}

function changeShow(show) {
  ask({
    title: say('change'), yes: say('save'),
    fields: [...times(show), { name: 'seatsPerUser', type: 'number', min: 1, max: 1000, required: true, value: show.seatsPerUser }],
  }, async (values) => {
    const change = timesOf(values, show);
    if (Number(values.seatsPerUser) !== show.seatsPerUser) change.seatsPerUser = Number(values.seatsPerUser);
    if (Object.keys(change).length > 0) await api.changeShow(show.scheduleId, change);
    await done('saved');
  });
}

function closeSale(show) {
  ask({ title: say('closeSure'), text: say('closeText'), fields: [], yes: say('close') }, async () => {
    await api.changeShow(show.scheduleId, { closed: true });
    await done('saved');
  });
}

function blockSeats(show) {
  ask({
    title: say('blockSeats'), yes: say('save'),
    fields: [
      { name: 'seatNumbers', required: true, hint: 'seatNumbersHint' },
      { name: 'what', word: 'blockOrNot', options: [['block', say('block')], ['unblock', say('unblock')]] }],
  }, async ({ seatNumbers, what }) => {
    const { changed, unchanged } = await api.block(show.scheduleId, numbersOf(seatNumbers), what === 'block');
    await done('changedSeats', changed.join(', ') || say('none'), unchanged.join(', ') || say('none'));
  });
}

function numbersOf(text) {
  return text.split(/[\s,]+/).filter(Boolean).flatMap((part) => {
    const [, first, last = first] = /^(\d+)(?:[-–](\d+))?$/.exec(part) ?? [];
    const seats = last - first + 1;
    if (!(seats > 0)) throw new Error(say('noSeatNumber', part));
    return Array.from({ length: Math.min(seats, 1001) }, (_, i) => Number(first) + i);
  });
}

function cancelShow(show) {
  const sum = (name) => show.categories.reduce((all, it) => all + it[name], 0);
  ask({
    title: say('cancelSure'), text: say('cancelText', count(sum('sold')), money(sum('money'), chosen.currency)),
    fields: [{ name: 'reason', required: true, maxlength: 200 }], yes: say('cancel'), danger: true,
  }, async ({ reason }) => {
    await api.cancelShow(show.scheduleId, reason);
    await done('cancelled');
  });
}

async function download({ scheduleId }) {
  try {
    const link = el('a', { href: URL.createObjectURL(await api.salesCsv(scheduleId)), download: `sales-${scheduleId}.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    tell(byId('banner'), error.message);
  }
}

// ── plans, audit, refunds ───────────────────────────────────────────────────────────────────────

async function lookAtPlans() {
  ({ plans } = await api.plans());
  byId('plan').replaceChildren(el('option', { value: '' }, '–'), ...plans.map((it) => el('option', { value: it.planId }, `${it.name} ${it.version} (${count(it.seatCount)})`)));
}

async function preview() {
  const id = byId('plan').value;
  byId('drawing').replaceChildren(...(id ? draw(await api.drawing(id)) : []));
}

function newPlan() {
  ask({ title: say('newPlan'), yes: say('make'), fields: [{ name: 'document', type: 'textarea', required: true }] }, async ({ document: text }) => {
    const made = await api.makePlan(text);
    await lookAtPlans();
    byId('plan').value = made.planId;
    await preview();
    done('made');
  });
}

async function runAudit() {
  byId('run-audit').disabled = true;
  try {
    const { well, violations } = await api.audit();
    tell(byId('audit'), say(well ? 'well' : 'notWell'));
    byId('violations').replaceChildren(...violations.map(violation));
  } catch (error) {
    tell(byId('banner'), error.message);
  } finally {
    byId('run-audit').disabled = false;
  }
}

async function refund(event) {
  event.preventDefault();
  const { payment, reason } = byId('refund-form').elements;
  try {
    const { amount } = await api.refund(payment.value.trim(), reason.value);
    tell(byId('refund-wrong'), '');
    announce(say('refunded', chosen ? money(amount, chosen.currency) : count(amount)));
    event.target.reset();
    soon();
  } catch (error) {
    tell(byId('refund-wrong'), error.message);
  }
}

// ── coming and going ────────────────────────────────────────────────────────────────────────────

async function signIn(event) {
  event.preventDefault();
  const { name, password } = byId('sign-in-form').elements;
  signInAs(name.value, password.value);
  try {
    const session = await api.session();
    tell(byId('sign-in-wrong'), '');
    password.value = '';
    await comeIn(session);
  } catch (error) {
    tell(byId('sign-in-wrong'), error.status === 429 ? say('tooOften', error.retryAfter) : error.status === 401 ? say('wrongPassword') : error.message);
  }
}

async function comeIn({ name, role }) {
  viewer = role === 'VIEWER';
  document.body.classList.toggle('viewer', viewer);
  concerts = [];
  await Promise.all([moreConcerts(), lookAtPlans()]);
  byId('sign-in').hidden = true;
  byId('desk').hidden = false;
  byId('sign-out').hidden = false;
  tell(byId('who'), viewer ? `${name} (${say('viewer')})` : name);
  byId('main').focus();
  soon();
}

function signOut() {
  turn++;
  clearTimeout(going);
  signInAs(null);
  cards = new Map();
  for (const id of ['shows', 'concerts', 'changes', 'violations', 'drawing']) byId(id).replaceChildren();
  for (const id of ['desk', 'who', 'sign-out', 'concert']) byId(id).hidden = true;
  byId('sign-in').hidden = false;
  byId('sign-in-form').elements.name.focus();
}

function inOurLanguage() {
  translate();
  if (byId('desk').hidden) return;
  cards = new Map();
  showConcerts();
  soon();
}

byId('language').addEventListener('click', () => { speak.change(); inOurLanguage(); });
byId('sign-in-form').addEventListener('submit', signIn);
byId('sign-out').addEventListener('click', signOut);
byId('more-concerts').addEventListener('click', oneMore);
byId('new-concert').addEventListener('click', newConcert);
byId('new-show').addEventListener('click', newShow);
byId('new-plan').addEventListener('click', newPlan);
byId('plan').addEventListener('change', preview);
byId('run-audit').addEventListener('click', runAudit);
byId('refund-form').addEventListener('submit', refund);
addEventListener('hashchange', () => { showConcerts(); soon(); });
document.addEventListener('visibilitychange', () => { if (!document.hidden && !byId('desk').hidden) follow(); });

inOurLanguage();
