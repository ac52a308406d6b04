// One concert: choose a date, choose seats, hold them, pay.
import { call, freshKey, get, getAll, getForGood, keep, needsNoTurn } from './calls.js';
import { chips, Holding } from './holding.js';
import { House, sectionChoices } from './house.js';
import { nameOf, Plan, rowsOfTen, sayPlace } from './plan.js';
import { SeatMap } from './seatmap.js';
import { Watching } from './watching.js';
import { complain, element, evening, make, money, number, say, translate, trouble } from './words.js';

const LOOK_AGAIN = 1000; // others' holds are seen within two seconds
const SLEPT = 10_000; // since the last look: what this device counts on stood still
const STILL_THERE = 120_000; // looking on keeps the visit alive: not for somebody who has gone

const concertId = location.pathname.split('/').at(-1);
const sale = { concert: undefined, schedules: [], schedule: undefined, isOver: false };
let touchedAt = Date.now();
let lookedAt = Date.now();
let wish = {}; // one key as long as nobody knows what has become of it

const seatMap = new SeatMap(element('seats'), {
  chosen: showPicked,
  lost: (seats) => { if (!isWishing()) sayLost(seats); }, // what one holds oneself may be seen before it is answered
  refused: trouble,
});
const house = new House(element('map'), { section: openSection, seat: (seat) => seatMap.choose(seat) }, (seat) => seatMap.look(seat));
const holding = new Holding({ paying: stopLooking, unpaid: lookOn, paid: showPaid, over: backToChoosing });

// ── dates ───────────────────────────────────────────────────────────────────────────────────────

function state(schedule) {
  if (schedule.bookable) return say('seatsLeft', { left: number(schedule.remainingSeats), all: number(schedule.seatCount) });
  return say({ CANCELLED: 'cancelledShow', SOLD_OUT: 'soldOut' }[schedule.status] ?? 'notOnSale');
}

function choice(schedule) {
  const radio = make('input', { type: 'radio', name: 'date', value: schedule.scheduleId });
  radio.disabled = !schedule.bookable;
  radio.addEventListener('change', () => open(schedule).catch(fail));
  return make('label', {}, radio,
    make('strong', {}, evening(schedule.startsAt, sale.concert.timeZone)),
    make('span', { class: 'small' }, offer(schedule)));
}

const offer = (schedule) => `${money(schedule.price)} · ${state(schedule)}${moved(schedule)}`;

const moved = (schedule) => (schedule.movedFrom ? ` · ${say('moved', { from: evening(schedule.movedFrom, sale.concert.timeZone) })}` : '');

function showDates() {
  element('dates').append(...sale.schedules.map(choice));
  if (!sale.schedules.some((schedule) => schedule.bookable)) trouble(say('noDates'));
}

async function open(schedule) {
  sale.schedule = schedule;
  document.querySelector(`input[value="${schedule.scheduleId}"]`).checked = true;
  history.replaceState(null, '', `?show=${schedule.scheduleId}`);
  sale.watching?.stop();
  sale.watching = undefined;
  element('hall').hidden = true;
  seatMap.clear();
  const plan = await planOf(schedule);
  if (schedule !== sale.schedule) return;
  sale.plan = plan;
  seatMap.open(schedule.seatsPerUser, plan);
  element('hall').hidden = false;
  trouble('');
  showBest(schedule);
  const watching = sale.watching = new Watching(schedule.scheduleId, (told) => watching === sale.watching && hear(told));
  if (!schedule.planId) seatMap.draw(plan.rows(plan.sections[0]));
  element('house').hidden = !schedule.planId;
  document.querySelector('.stage').hidden = Boolean(schedule.planId);
  element('seats').classList.toggle('wide', Boolean(schedule.planId));
  await watching.look();
  if (watching !== sale.watching) return;
  if (schedule.planId) openHouse();
  showPicked();
}

async function planOf(schedule) {
  return schedule.planId ? new Plan(await getForGood(`/api/v1/plans/${schedule.planId}`), schedule.prices) : rowsOfTen(schedule.seatCount, schedule.price);
}

// ── the best seats ──────────────────────────────────────────────────────────────────────────────

function option(value, words) {
  return make('option', { value }, words);
}

function showBest(schedule) {
  const most = Math.min(schedule.seatsPerUser, 10);
  element('quantity').replaceChildren(...Array.from({ length: most }, (_, i) => option(i + 1, String(i + 1))));
  element('quantity').value = Math.min(2, most);
  element('categories').hidden = !schedule.prices;
  element('category').replaceChildren(option('', say('anyCategory')),
    ...Object.entries(schedule.prices ?? {}).sort((a, b) => b[1] - a[1]).map(([name, price]) => option(name, `${name} · ${money(price)}`)));
}

async function takeBest(event) {
  event.preventDefault();
  await holdAs(element('takeBest'), {
    scheduleId: sale.schedule.scheduleId, quantity: Number(element('quantity').value),
    ...(element('category').value && { category: element('category').value }), ...(element('apart').checked && { apart: true }) });
}

// ── what becomes of the seats ───────────────────────────────────────────────────────────────────────────────

function hear(told) {
  const changed = sale.plan.learn(told);
  seatMap.show(changed.map((seat) => sale.plan.seat(seat)));
  house.changed();
  remaining(told.available);
}

function openHouse() {
  element('map').ariaLabel = say('mapOf');
  house.open(sale.plan);
  showSections();
  element('section').onchange = () => openSection(sale.plan.sections.find((section) => section.name === element('section').value));
}

function showSections() {
  if (document.activeElement === element('section')) return;
  element('section').replaceChildren(...sectionChoices(sale.plan, element('section').value));
}

function openSection(section) {
  element('section').value = section.name;
  house.go(section);
  seatMap.draw(section.standing ? [] : sale.plan.rows(section));
  if (section.standing) {
    element('category').value = section.category;
    element('quantity').focus();
  }
}

// ── seats ───────────────────────────────────────────────────────────────────────────────────────

function remaining(available) {
  const schedule = sale.schedule;
  schedule.remainingSeats = available;
  document.querySelector(`input[value="${schedule.scheduleId}"] ~ .small`).textContent = offer(schedule);
}

function keepLooking() {
  const isWatched = !document.hidden && Date.now() - touchedAt < STILL_THERE;
  const isBack = isWatched && Date.now() - lookedAt > SLEPT;
  if (isWatched) lookedAt = Date.now();
  if (sale.schedule && !sale.isOver) {
    if (isBack) sale.watching?.look().catch(() => {});
    sale.watching?.goOn(isWatched);
    element('hall').classList.toggle('paused', !isWatched);
  }
  setTimeout(keepLooking, LOOK_AGAIN);
}

// A payment may end the visit: what is asked for meanwhile would be refused, and lead away from the receipt. Nobody waits long for it, though.
async function stopLooking() {
  sale.isOver = true;
  await Promise.race([sale.watching?.stop(), new Promise((done) => setTimeout(done, LOOK_AGAIN))]);
}

function lookOn() {
  sale.isOver = false;
}

function touched() {
  touchedAt = Date.now();
}

function showPicked() {
  const chosen = seatMap.chosen;
  element('picked').replaceChildren(...(chosen.length > 0 ? chips(chosen.map(name)) : sale.schedule ? [say('none', { limit: sale.schedule.seatsPerUser })] : []));
  element('sum').textContent = chosen.length > 0 ? money(seatMap.total) : '';
  element('hold').disabled = chosen.length === 0;
  element('instead').hidden = true;
  if (sale.plan) house.draw();
}

const name = (seat) => nameOf(seat, sale.plan.place(seat));

const isWishing = () => ['hold', 'takeBest'].some((button) => element(button).ariaBusy === 'true');

function hold() {
  return holdAs(element('hold'), { scheduleId: sale.schedule.scheduleId, seatNumbers: seatMap.chosen });
}

async function holdAs(button, what) {
  if (button.ariaBusy === 'true') return;
  button.ariaBusy = 'true';
  trouble('');
  try {
    const words = JSON.stringify(what);
    if (wish.words !== words) wish = { words, key: freshKey() };
    const held = await call('POST', '/api/v1/reservations', what, wish.key);
    wish = {};
    await showHeld(held);
  } catch (error) {
    await fail(error);
  } finally {
    button.ariaBusy = null;
  }
}

// What somebody who was faster has taken, and what is free beside it.
function sayLost(seats) {
  trouble(say('wasTaken', { seats: seats.map(name).join(', ') }));
  const others = sale.plan.nearest(seats, seatMap.chosen);
  if (others.length < seats.length) return;
  element('takeInstead').textContent = say('instead', { seats: others.map(name).join(', ') });
  element('takeInstead').onclick = () => others.forEach((seat) => seatMap.choose(seat));
  element('instead').hidden = false;
}

async function fail(error) {
  const seats = error.problem?.seatNumbers ?? seatMap.chosen;
  if (['seat-taken', 'seat-contended'].includes(error.code) && seats.length > 0) {
    await sale.watching.look().catch(() => {});
    sayLost(seats);
  } else {
    complain(error);
  }
}

// ── held, paid, or over ─────────────────────────────────────────────────────────────────────────

function step(name) {
  for (const section of ['picking', 'paying', 'paid']) element(section).hidden = section !== name;
  element('takeBest').disabled = name !== 'picking';
  for (const radio of document.querySelectorAll('#dates input')) {
    radio.disabled = name !== 'picking' || !sale.schedules.find((it) => it.scheduleId === Number(radio.value)).bookable;
  }
}

async function showHeld(reservation) {
  keep(`concert-of-${reservation.scheduleId}`, concertId);
  seatMap.lock(reservation.tickets.map((ticket) => ticket.seatNumber));
  house.draw();
  step('paying');
  element('paying').focus();
  await holding.start(reservation);
}

async function backToChoosing(why) {
  step('picking');
  seatMap.clear();
  await sale.watching.look().catch(() => {});
  trouble(why);
  element('seats').querySelector('[tabindex="0"]')?.focus();
}

function stub(ticket) {
  return make('div', { class: 'stub' },
    make('strong', {}, sayPlace(ticket.seatNumber, ticket.place)),
    make('span', {}, sale.concert.title),
    make('span', { class: 'small' }, `${evening(sale.schedule.startsAt, sale.concert.timeZone)} · ${sale.concert.venue}`));
}

async function showPaid(receipt) {
  needsNoTurn();
  element('stubs').replaceChildren(...receipt.tickets.map(stub));
  step('paid');
  element('paid').focus();
  element('after').textContent = say(await isAllPaid() ? 'after' : 'stillHeld', { balance: money(receipt.balanceAfter) });
}

// In another tab somebody may hold something else: the visit goes on for that.
async function isAllPaid() {
  const { reservations } = await get('/api/v1/reservations').catch(() => ({ reservations: [] }));
  return !reservations.some((it) => it.status === 'HELD');
}

// ── the page ────────────────────────────────────────────────────────────────────────────────────

async function begin() {
  const [concert, schedules, me] = await Promise.all([get(`/api/v1/concerts/${concertId}`),
    getAll(`/api/v1/concerts/${concertId}/schedules?upcoming=true`, 'schedules', (last) => `after=${last.scheduleId}`), get('/api/v1/users/me')]);
  Object.assign(sale, { concert, schedules });
  document.title = concert.title;
  element('title').textContent = concert.title;
  element('about').textContent = `${concert.artist} · ${concert.venue}`;
  element('who').textContent = say('hello', { name: me.name });
  element('sale').hidden = false;
  showDates();
  showPicked();
  await resume();
  keepLooking();
}

/** After a reload: what is held is still held, what was looked at is looked at again, unless a show has been chosen meanwhile. */
async function resume() {
  const { reservations } = await get('/api/v1/reservations');
  const held = reservations.find((it) => it.status === 'HELD' && sale.schedules.some((schedule) => schedule.scheduleId === it.scheduleId));
  const show = Number(new URLSearchParams(location.search).get('show'));
  const bookable = sale.schedules.filter((schedule) => schedule.bookable);
  const schedule = held
    ? sale.schedules.find((it) => it.scheduleId === held.scheduleId)
    : bookable.find((it) => it.scheduleId === show) ?? (bookable.length === 1 ? bookable[0] : undefined);
  if (schedule && (held || !sale.schedule)) await open(schedule);
  if (held) await showHeld(held);
}

translate();
for (const kind of ['pointerdown', 'keydown', 'scroll', 'focusin']) addEventListener(kind, touched, { passive: true });
addEventListener('visibilitychange', touched);
element('hold').addEventListener('click', hold);
element('best').addEventListener('submit', takeBest);
begin().catch(fail);
