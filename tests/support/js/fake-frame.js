/** Fake frame document: the real controller, with a fake shop, bridge and view around it. */

import { createHash, generateKeyPairSync, sign } from 'node:crypto';

import * as address from '../../../static/frame/elements/address.js';
import * as auth from '../../../static/frame/account/part.js';
import { ElementController } from '../../../static/frame/controller.js';
import * as payment from '../../../static/frame/elements/payment.js';
import * as countries from '../../../static/frame/phone/countries.js';
import { Phones } from '../../../static/frame/phone/phones.js';
import { FakeChannel, FakeNetwork, FakePort, FakeTime, fakeEnv, messageEvent, ok, refusal } from './fakes.js';

export const SHOP = 'https://shop.example';
export const LINK = 'https://link.example';
export const GHANA = Object.freeze({ region: 'GH', code: '233', trunk: '0' });
export const MASKED = 'a•••@mail.example';
const EMBEDDING = /** @type {const} */ ({ element: 'auth', businessId: 'bus_demo', parentOrigin: SHOP });
/** @type {any} */ (globalThis).ResizeObserver = class {
  observe() {}
  disconnect() {}
};

/** WebCrypto that answers at once: the real one answers from another thread, which virtual time cannot await. @type {any} */
const synchronousCrypto = {
  getRandomValues: (/** @type {Uint8Array<ArrayBuffer>} */ bytes) => crypto.getRandomValues(bytes),
  subtle: {
    digest: async (/** @type {string} */ _name, /** @type {Uint8Array} */ bytes) => createHash('sha256').update(bytes).digest(),
    generateKey: async (/** @type {{ namedCurve: string }} */ { namedCurve }) => generateKeyPairSync('ec', { namedCurve }),
    exportKey: async (/** @type {string} */ _format, /** @type {import('node:crypto').KeyObject} */ key) => key.export({ format: 'jwk' }),
    sign: async (/** @type {object} */ _how, /** @type {import('node:crypto').KeyObject} */ key, /** @type {Uint8Array} */ bytes) => sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }),
  },
};

/** View calls that are left out of `shown`. */
const IGNORED_CALLS = ['showBusy', 'setAppearance', 'endStepUp', 'showWalletLoading'];

/** Fake list view, which keeps every call. */
export class FakeItemListView {
  /** @type {import('../../../static/frame/elements/item-list-view.js').Actions | null} */
  #actions = null;
  /** @type {any[]} */
  shown = [];
  isBusy = false;
  listen = (/** @type {import('../../../static/frame/elements/item-list-view.js').Actions} */ actions) => { this.#actions = actions; };
  showList = (/** @type {any} */ listed, /** @type {string | undefined} */ focus) => void this.shown.push({ list: listed, focus });
  showForm = (/** @type {string} */ title, /** @type {any} */ values) => void this.shown.push({ form: title, values });
  showFormProblems = (/** @type {any} */ problems, /** @type {string} */ general) => void this.shown.push({ problems, general });
  showChosen = (/** @type {any} */ described) => void this.shown.push({ chosen: described });
  showBusy = (/** @type {boolean} */ isBusy) => { this.isBusy = isBusy; };
  clear = () => void this.shown.push({});

  get last() {
    return this.shown.at(-1);
  }

  get actions() {
    if (this.#actions === null) throw new Error('no list has called `listen` yet');
    return this.#actions;
  }
}

/** Fake view of the account, which keeps every call: its name, then what it was given. @returns {any} */
export function fakeAccountView() {
  /** @type {unknown[][]} */
  const shown = [];
  const own = { shown, isBusy: false, othersTold: 0, act: /** @type {any} */ (null) };
  return new Proxy(own, {
    get: (known, name) => {
      if (name in known) return Reflect.get(known, name);
      if (name === 'listen') return (/** @type {any} */ actions) => { own.act = actions; };
      if (name === 'showBusy') return (/** @type {boolean} */ isBusy) => { own.isBusy = isBusy; };
      if (name === 'receive') return (/** @type {boolean} */ isPhone) => { shown.push([name, isPhone]); return () => void shown.push(['fill']); };
      if (name === 'watchOwner') return () => () => { own.othersTold += 1; };
      return (/** @type {unknown[]} */ ...args) => void shown.push([name, ...args]);
    },
  });
}

let sessions = 0;

/** @param {'guest' | 'authenticated'} state @param {string[]} amr */
export function grant(state, amr, customerId = /** @type {string | null} */ (null)) {
  sessions += 1;
  return ok({
    access_token: `access-${sessions}`, token_type: 'DPoP', expires_in: 300, refresh_token: `refresh-${sessions}`, refresh_expires_in: 600,
    session: { id: `els_${sessions}`, state, amr, customer_id: customerId },
  });
}

/** Successful answers of the bridge, by route. @type {Record<string, () => import('./fakes.js').Reply>} */
export const DEFAULT_ANSWERS = {
  init: () => grant('guest', []),
  refresh: () => grant('guest', []),
  'request-otp': () => ok({}),
  'verify-otp': () => grant('authenticated', ['otp']),
  logout: () => ok({ revoked: 1 }),
  data: () => ok(wallet()),
};

/** Answer of the Link API about a customer. @param {object} [parts] */
export function wallet(parts = {}) {
  return { customer: { contact_masked: MASKED }, addresses: [], mobile_money: [], preferences: null, default_address: null, default_mobile_money: null, ...parts };
}

/** @typedef {Record<string, (sent: import('./fakes.js').Sent) => import('./fakes.js').Reply>} Answers */

/** @param {Answers} answers */
export function bridge(answers) {
  /** @type {Answers} */
  const all = { ...DEFAULT_ANSWERS, ...answers };
  return new FakeNetwork((sent) => all[sent.url.split('?')[0]?.split('/').pop() ?? '']?.(sent) ?? refusal(404, 'NOT_FOUND'));
}

/**
 * @typedef {object} FrameOptions
 * @property {object} [subtle] parts of WebCrypto to replace
 * @property {Partial<import('../../../static/frame/protocol/embedding.js').Embedding>} [embedding] parts of the embedding to replace
 * @property {import('../../../static/frame/phone/phones.js').Country | null} [home] country that the bridge wrote into the document
 * @property {import('../../../static/frame/session/sign-in.js').ReceiveCode} [receiveCode]
 * @property {() => Promise<any>} [loadKept] what this tab keeps, where the shop wants a reload to keep its customer
 * @property {Promise<unknown>} [beside] resolves once what it does beside others is loaded
 * @property {import('./fake-page.js').FakePage} [page] page with other frames, which share its clock and network
 */

/** @param {Answers} [answers] @param {FrameOptions} [options] */
export function frame(answers = {}, { subtle = {}, embedding = {}, home = GHANA, receiveCode = async () => '', loadKept, beside, page } = {}) {
  const time = page?.time ?? new FakeTime();
  const network = page?.network ?? bridge(answers);
  /** @type {any[]} */
  const posted = [];
  /** @type {any} */
  const window = Object.assign(new EventTarget(), { location: { origin: LINK }, isHost: false, document: { documentElement: { toggleAttribute: (/** @type {string} */ _name, /** @type {boolean} */ isOn) => { window.isHost = isOn; } } } });
  const parent = { postMessage: (/** @type {any} */ data) => posted.push(data), get frames() { return page?.seenBy(window) ?? [window]; } };
  window.parent = parent;
  page?.add(window);
  /** @type {string[]} */
  const shown = [];
  /** @type {any} records each call of the view */
  const view = new Proxy({ card: { getBoundingClientRect: () => ({ height: 113.4 }) }, itemList: null }, {
    get: (known, name) => (name in known ? Reflect.get(known, name) : (/** @type {unknown[]} */ ...args) => {
      if (name === 'showSlow' && shown.at(-1) !== 'showConnecting') return; // it is shown in place of bars alone
      if (!IGNORED_CALLS.includes(String(name))) shown.push([name, ...args].join(' '));
    }),
  });
  /** Files that it loaded for what it does beside others. @type {string[]} */
  const loaded = [];
  const parts = { address, payment, auth };
  const itemList = new FakeItemListView();
  const account = fakeAccountView();
  const loadPart = async (/** @type {keyof typeof parts} */ name) => ({ ...parts[name], ItemListView: class { constructor() { return name === 'auth' ? Object.assign(account, { phones }) : itemList; } } });
  const phones = new Phones(home, async () => countries, () => time.now().monotonic);
  /** @type {any} */
  const env = { ...fakeEnv(time, network), window, crypto: { ...synchronousCrypto, subtle: { ...synchronousCrypto.subtle, ...subtle } }, loadPart, loadBeside: async () => { loaded.push('beside'); await beside; }, keptLoading: loadKept?.() ?? null, phones, receiveCode };
  const element = new ElementController({ ...EMBEDDING, ...embedding }, env, view);
  /** @type {any[]} */
  const events = [];
  /** Names of the steps that the shop was told, which are no part of `events`. @type {string[]} */
  const steps = [];
  /** @type {import('./fakes.js').FakePort} */
  let port;
  /** Answer the newest `ready` like a shop. */
  const answer = async (origin = SHOP, said = {}) => {
    await advance(10);
    const channel = new FakeChannel();
    port = channel.port1;
    port.onmessage = (/** @type {{ data: any }} */ { data }) => (data.type === 'step' ? steps.push(data.name) : events.push(data));
    const data = { ns: 'cimplify.link', v: 1, type: 'init', code_challenge: posted.at(-1).code_challenge, bootstrap_token: `elb_${'a'.repeat(40)}`, options: {}, ...said };
    window.dispatchEvent(messageEvent({ source: parent, origin, data, ports: [channel.port2] }));
    await advance(10);
  };
  /** @param {Event} event @param {boolean} isFromParent */
  const receive = (event, isFromParent) => void window.dispatchEvent(isFromParent ? Object.assign(event, { source: parent, ports: [new FakePort()] }) : event);
  const advance = (/** @type {number} */ ms) => time.advance(ms);
  const command = async (/** @type {string} */ type, /** @type {string} */ id) => {
    port.postMessage({ ns: 'cimplify.link', v: 1, type, id });
    await advance(0);
  };
  const connect = async (said = {}) => {
    void element.start();
    await answer(SHOP, said);
  };
  const types = () => events.map(({ type, code }) => (code ? `${type} ${code}` : type));
  return { time, network, element, phones, itemList, account, loaded, posted, shown, events, steps, types, receive, port: () => port, answer, advance, command, connect };
}
