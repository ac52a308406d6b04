// The form of a room's settings: what the room has, until somebody writes something else.

import { byId, el } from './view.js';
import { say } from './words.js';

const FIRST = ['capacity', 'batch', 'interval', 'per-minute'];
const CHOICES = { 'on-redis-down': ['closed', 'open'] };

function input(name, value) {
  const common = { id: 'setting-' + name, name, 'aria-describedby': 'wrong-' + name };
  if (typeof value === 'boolean') return el('input', { ...common, type: 'checkbox' });
  if (Array.isArray(value)) return el('textarea', { ...common, rows: 3, spellcheck: 'false' });
  if (CHOICES[name]) return el('select', common, ...CHOICES[name].map((choice) => el('option', {}, choice)));
  return typeof value === 'number'
    ? el('input', { ...common, type: 'number', min: 0, inputmode: 'numeric' })
    : el('input', { ...common, autocomplete: 'off', spellcheck: 'false', size: 8 });
}

function field(name, value) {
  return el('label', { class: Array.isArray(value) ? 'wide' : '' },
    el('span', {}, name), input(name, value), el('small', { class: 'wrong', id: 'wrong-' + name }));
}

/** The mode has buttons of its own. */
const more = (settings) => Object.keys(settings).filter((name) => !FIRST.includes(name) && name !== 'mode');

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export class SettingsForm {
  #form = byId('settings');
  #change;
  #announce;
  #inForce = {};
  #names = [];

  /**
   * @param change takes what is different, and fails with a Refusal, or without an answer
   * @param announce says what no field is wrong about
   */
  constructor(change, announce) {
    this.#change = change;
    this.#announce = announce;
    this.#form.addEventListener('submit', (event) => { event.preventDefault(); this.#save(); });
    this.#form.addEventListener('input', () => this.#mark());
  }

  /** Anew for a room, in another language, or for somebody else. */
  build(settings, readOnly) {
    this.#inForce = {};
    this.#names = [...FIRST, ...more(settings)];
    this.#form.replaceChildren(
      el('div', { class: 'fields' }, ...FIRST.map((name) => field(name, settings[name]))),
      el('details', {}, el('summary', {}, say('more')),
        el('div', { class: 'fields' }, ...more(settings).map((name) => field(name, settings[name])))),
      el('div', { class: 'buttons' },
        el('button', { type: 'button', id: 'discard', onclick: () => this.#discard() }, say('discard')),
        el('button', { type: 'submit', class: 'primary', id: 'save' }, say('save'))));
    for (const name of this.#names) this.#form.elements[name].disabled = readOnly;
    this.show(settings);
  }

  /** What somebody is writing stays, and they are told of what it would overwrite; everything else follows the room. */
  show(settings) {
    for (const name of this.#names) {
      if (!(name in this.#inForce) || same(this.#read(name), this.#inForce[name])) this.#write(name, settings[name]);
      else if (!same(settings[name], this.#inForce[name])) byId('wrong-' + name).textContent = say('meanwhile', [settings[name]].flat().join(', '));
    }
    this.#inForce = settings;
    this.#mark();
  }

  #read(name) {
    const control = this.#form.elements[name];
    if (control.type === 'checkbox') return control.checked;
    if (control.type === 'textarea') return control.value.split('\n').map((line) => line.trim()).filter(Boolean);
    if (control.type === 'number') return control.value === '' ? null : Number(control.value);
    return control.value.trim();
  }

  #write(name, value) {
    const control = this.#form.elements[name];
    if (control.type === 'checkbox') control.checked = value;
    else control.value = Array.isArray(value) ? value.join('\n') : value;
  }

  #different() {
    const changes = {};
    for (const name of this.#names) {
      const value = this.#read(name);
      if (!same(value, this.#inForce[name])) changes[name] = value;
    }
    return changes;
  }

  #mark() {
    const changes = this.#different();
    for (const name of this.#names) this.#form.elements[name].classList.toggle('changed', name in changes);
    const none = Object.keys(changes).length === 0;
    byId('save').disabled = none;
    byId('discard').disabled = none;
  }

  #discard() {
    for (const name of this.#names) this.#write(name, this.#inForce[name]);
    this.#complain([]);
    this.#mark();
  }

  #complain(fields) {
    for (const name of this.#names) {
      const must = fields.find((wrong) => wrong.field === name)?.must;
      byId('wrong-' + name).textContent = must ? say('refusedField', '', must) : '';
      this.#form.elements[name].setAttribute('aria-invalid', String(Boolean(must)));
    }
    this.#form.querySelector('[aria-invalid=true]')?.focus();
  }

  async #save() {
    byId('save').disabled = true;
    try {
      const settings = await this.#change(this.#different());
      this.#inForce = settings;
      this.#discard();
    } catch (refusal) {
      const fields = refusal.fields ?? [];
      if (fields.length === 0) this.#announce(refusal.message);
      this.#complain(fields);
      this.#mark();
    }
  }
}
