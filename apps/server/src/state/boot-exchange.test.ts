import { randomBytes } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type BootNews } from '../machines/boot-journal.js';
import { createBootExchange, type OpenBootExchange } from './boot-exchange.js';
import { type ChannelEvents } from './state-engine.js';

const MINUTE_MS = 60_000;
const NEWS: BootNews = { sightings: [], steps: [], busy: ['10.0.0.1'] };

/** Daemon on a channel on which this test delivers messages. */
interface Daemon {
  readonly exchange: OpenBootExchange;
  readonly events: ChannelEvents;
  /** Messages sent by the daemon that the test has not removed yet. */
  readonly sent: string[];
  readonly received: BootNews[];
  readonly onOtherTime: () => void;
}

describe('createBootExchange', () => {
  const key = randomBytes(32);
  const daemons: Daemon[] = [];

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval', 'clearInterval'] });
  });

  afterEach(async () => {
    await Promise.all(daemons.splice(0).map(({ exchange }) => exchange.close()));
    vi.useRealTimers();
  });

  /** Starts a daemon and opens its channel. */
  function start(): Daemon {
    const sent: string[] = [];
    const received: BootNews[] = [];
    const onOtherTime = vi.fn<() => void>();
    let events: ChannelEvents | undefined;
    const exchange = createBootExchange({
      open(ofChannel) {
        events = ofChannel;
        return { send: (text) => sent.push(text), close: () => Promise.resolve() };
      },
      key,
      onOpen: () => undefined,
      onFlood: () => undefined,
      onOtherTime,
    });
    exchange.receive((news) => received.push(news));
    if (events === undefined) {
      throw new Error('the channel was not opened');
    }
    events.onOpen();
    const daemon = { exchange, events, sent, received, onOtherTime };
    daemons.push(daemon);
    return daemon;
  }

  it('accepts each of its own texts once, and only as it was sent', () => {
    const { exchange, events, sent } = start();
    exchange.send(NEWS);
    const [first = '', second = ''] = sent;
    expect(events.onText(second.slice(0, -1))).toBe(false);
    expect(events.onText(first)).toBe(true);
    expect(events.onText(first)).toBe(false);
    expect(events.onText(second)).toBe(true);
    for (const repeated of [first, second, `${second}=`, `${second}!!!`, ` ${second}`]) {
      expect(events.onText(repeated)).toBe(false);
    }
  });

  it('accepts each text from another daemon once', () => {
    const [one, other] = [start(), start()];
    one.exchange.send(NEWS);
    const [alive = '', news = ''] = one.sent;
    expect(other.events.onText(alive)).toBe(true);
    expect(other.events.onText(`${news}!`)).toBe(false);
    expect(other.received).toHaveLength(1);
    expect(other.events.onText(news)).toBe(true);
    expect(other.received.at(-1)).toMatchObject({ busy: ['10.0.0.1'] });
    expect([alive, news].map((text) => other.events.onText(text))).toEqual([false, false]);
    expect(other.exchange.hasOthers).toBe(true);
  });

  it('ignores texts from before its channel was open, which it cannot know to be repeated', () => {
    const one = start();
    one.exchange.send(NEWS);
    vi.advanceTimersByTime(2_000);
    const other = start();
    expect(one.sent.map((text) => other.events.onText(text))).toEqual([false, false]);
    expect(other.exchange.hasOthers).toBe(false);
    expect(other.onOtherTime).not.toHaveBeenCalled();
    one.exchange.send(NEWS);
    expect(other.events.onText(one.sent.at(-1) ?? '')).toBe(true);
  });

  it('reports texts from another minute: clocks differ, or the text was replayed', () => {
    const [one, other] = [start(), start()];
    const [text = ''] = one.sent;
    vi.setSystemTime(Date.now() + MINUTE_MS + 1);
    expect(other.events.onText(text)).toBe(false);
    expect(other.onOtherTime).toHaveBeenCalledTimes(1);
    vi.setSystemTime(Date.now() - 2 * MINUTE_MS - 2);
    expect(other.events.onText(text)).toBe(false);
    expect(other.onOtherTime).toHaveBeenCalledTimes(2);
    expect(other.events.onText('x')).toBe(false);
    expect(other.onOtherTime).toHaveBeenCalledTimes(2);
  });

  it('uses a new key as soon as it has one', () => {
    const [one, other] = [start(), start()];
    const [before = ''] = one.sent.splice(0);
    const next = randomBytes(32);
    one.exchange.use(next);
    other.exchange.use(next);
    expect(other.events.onText(before)).toBe(false);
    one.exchange.send(NEWS);
    expect(other.events.onText(one.sent[0] ?? '')).toBe(true);
    one.exchange.use(Buffer.from(next));
    one.exchange.send(NEWS);
    expect(other.events.onText(one.sent[1] ?? '')).toBe(true);
  });
});
