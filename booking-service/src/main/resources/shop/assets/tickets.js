// What the visitor has bought, what it cost, and the way back.
import { call, forget, freshKey, get, getAll, kept, needsNoTurn, signIn, stayKnown } from './calls.js';
import { nameOf } from './plan.js';
import { announce, complain, element, evening, make, money, number, say, translate, trouble, unit } from './words.js';

let wish = {};

function grouped(tickets) {
  const groups = new Map();
  for (const ticket of tickets) groups.set(ticket.reservationId, [...groups.get(ticket.reservationId) ?? [], ticket]);
  return [...groups.values()];
}

function refundButton(payment, title) {
  const button = make('button', { type: 'button', class: 'quiet', 'aria-label': `${say('refund')}: ${title}` }, say('refund'));
  button.addEventListener('click', () => askAndRefund(payment).catch(complain));
  return button;
}

function finishLink(ticket) {
  const concert = kept(`concert-of-${ticket.scheduleId}`);
  return make('a', { class: 'button', href: concert ? `/shop/concerts/${concert}` : '/' }, say('finish'));
}

// What has become of the show since the tickets were bought.
function news(ticket, payment) {
  if (ticket.scheduleCancelled) {
    const because = payment?.refundReason ? ` ${payment.refundReason}` : '';
    return [make('p', { class: 'note' }, say(payment?.status === 'REFUNDED' ? 'cancelledRefunded' : 'cancelledShow') + because)];
  }
  return ticket.movedFrom ? [make('p', { class: 'note' }, say('moved', { from: evening(ticket.movedFrom, ticket.timeZone) }))] : [];
}

function card(tickets, payment) {
  const first = tickets[0];
  const seats = tickets.toSorted((a, b) => a.seatNumber - b.seatNumber).map((ticket) => nameOf(ticket.seatNumber, ticket.place));
  const words = make('div', { class: 'words' },
    make('h2', {}, first.title),
    make('p', { class: 'small' }, evening(first.startsAt, first.timeZone), make('br'), first.venue),
    ...news(first, payment),
    make('p', {}, ...seats.map((seat) => make('span', { class: 'chip' }, seat)),
      make('span', { class: `state ${first.status}` }, say(first.status)), ' ', money(tickets.reduce((sum, ticket) => sum + ticket.price, 0))));
  if (first.status === 'PAID') words.append(make('a', { class: 'button', href: `/shop/tickets/${first.reservationId}`, 'aria-label': `${say('showTickets')}: ${first.title}` }, say('showTickets')), ' ');
  if (payment?.status === 'COMPLETED' && !first.scheduleCancelled && !tickets.some((ticket) => ticket.enteredAt) && Date.parse(first.startsAt) > Date.now()) words.append(refundButton(payment, first.title));
  if (first.status === 'RESERVED') words.append(finishLink(first));
  return make('li', { class: 'card' }, words);
}

async function show() {
  const [tickets, payments, { balance }] = await Promise.all([
    getAll('/api/v1/tickets', 'tickets', (last) => `before=${last.ticketId}`), getAll('/api/v1/payments', 'payments', (last) => `before=${last.paymentId}`), get('/api/v1/balance')]);
  const byReservation = new Map(payments.map((payment) => [payment.reservationId, payment]));
  element('list').replaceChildren(...grouped(tickets).map((group) => card(group, byReservation.get(group[0].reservationId))));
  element('list').removeAttribute('aria-busy');
  element('none').hidden = tickets.length > 0;
  element('balance').textContent = money(balance);
}

async function askAndRefund(payment) {
  const dialog = element('sure');
  element('sureText').textContent = say('refundText', { amount: money(payment.amount) });
  dialog.returnValue = 'no';
  dialog.showModal();
  await new Promise((resolve) => { dialog.addEventListener('close', resolve, { once: true }); });
  if (dialog.returnValue !== 'yes') return;
  const refunded = await call('POST', `/api/v1/payments/${payment.paymentId}/refund`, undefined, `refund-${payment.paymentId}`);
  announce(say('refunded', { balance: money(refunded.balanceAfter) }));
  await show();
  element('list').focus(); // the button is gone
}

async function charge() {
  const amount = Number(element('amount').value.replaceAll(',', '')) * unit;
  if (wish.amount !== amount) wish = { amount, key: freshKey() };
  const charged = await call('POST', '/api/v1/balance/charges', { amount }, wish.key);
  element('balance').textContent = money(charged.balance);
  wish = {};
  announce(say('charged', { balance: money(charged.balance) }));
}

// ── the account ─────────────────────────────────────────────────────────────────────────────────

/** A form that is sent twice while the first one is under way is sent once. */
function onSubmit(form, act) {
  element(form).addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = event.target.querySelector('button');
    if (button.ariaBusy === 'true') return;
    button.ariaBusy = 'true';
    trouble('');
    await act().catch(complain);
    button.ariaBusy = null;
  });
}

function showAccount({ email }) {
  const isGuest = email === null;
  element('accountTitle').textContent = isGuest ? say('keepTitle') : say('signedInAs', { email });
  element('accountSummary').textContent = say(isGuest ? 'keepIt' : 'changePassword');
  element('keepIt').textContent = say(isGuest ? 'keepIt' : 'changePassword');
  element('keepExplained').hidden = !isGuest;
  element('current').hidden = isGuest;
  element('currentPassword').required = !isGuest;
  element('leaving').hidden = isGuest;
  element('newEmail').value = email ?? '';
}

async function keep() {
  const isGuest = element('current').hidden;
  const [email, password, currentPassword] = ['newEmail', 'newPassword', 'currentPassword'].map((id) => element(id).value);
  await call('PUT', '/api/v1/users/me/sign-in', { email, password, ...(!isGuest && { currentPassword }) });
  element('keep').reset();
  element('account').open = false;
  const me = await get('/api/v1/users/me');
  showAccount(me);
  announce(say(isGuest ? 'kept' : 'changed', me));
  element('accountSummary').focus();
}

/** @returns where whoever was sent here to sign in has come from */
function wayBack() {
  const back = new URLSearchParams(location.search).get('back') ?? '';
  return /^\/shop\/concerts\/\d+(\?show=\d+)?$/.test(back) && back;
}

async function leave(address) {
  await call('DELETE', address);
  forget();
  location.assign('/');
}

async function begin() {
  await stayKnown();
  try {
    const me = await get('/api/v1/users/me');
    element('who').textContent = say('hello', { name: me.name });
    element('entrance').hidden = true;
    element('own').hidden = false;
    showAccount(me);
    await show();
  } catch (error) {
    if (error.code !== 'sign-in-required') throw error;
    element('entrance').hidden = false;
    element('email').focus();
  }
}

needsNoTurn();
translate();
document.title = say('myTickets');
element('amount').value = number(100_000 / unit);
onSubmit('charging', charge);
onSubmit('signIn', async () => {
  await signIn(element('email').value, element('password').value);
  element('signIn').reset();
  if (wayBack()) location.replace(wayBack());
  else await begin();
});
onSubmit('keep', keep);
element('signOut').addEventListener('click', () => leave('/api/v1/sign-ins/current').catch(complain));
element('signOutEverywhere').addEventListener('click', () => leave('/api/v1/sign-ins').catch(complain));
begin().catch(complain);
