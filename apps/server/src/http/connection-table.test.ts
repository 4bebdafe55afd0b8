import { describe, expect, it } from 'vitest';

import { ConnectionTable, type LimitHit, type TrackedConnection } from './connection-table.js';

/** Table with a test clock and a record of the names of closed connections. */
class Lab {
  time = 0;
  readonly gone: string[] = [];
  readonly hits: LimitHit[] = [];
  readonly table: ConnectionTable;
  #afterTurn: (() => void)[] = [];

  constructor(maxConnections: number, maxConnectionsPerSource = maxConnections) {
    this.table = new ConnectionTable({
      maxConnections,
      maxConnectionsPerSource,
      onHit: (hit) => this.hits.push(hit),
      now: () => this.time,
      afterTurn: (callback) => this.#afterTurn.push(callback),
    });
  }

  turn(): void {
    const callbacks = this.#afterTurn;
    this.#afterTurn = [];
    for (const callback of callbacks) {
      callback();
    }
  }

  /** Advances time until new connections are idle. */
  rest(): void {
    this.time += 100;
    this.turn();
    this.turn();
  }

  admit(address: string, name = address): TrackedConnection | undefined {
    return this.table.admit(address, () => this.gone.push(name));
  }

  download(address: string, name = address): TrackedConnection {
    const connection = this.admit(address, name);
    if (connection === undefined) {
      throw new Error(`${name} was refused`);
    }
    connection.began();
    return connection;
  }

  /** Opens downloads for a source that accepts no bytes. */
  stall(address: string, count: number, name = address): TrackedConnection[] {
    return Array.from({ length: count }, (_, index) => {
      const download = this.download(address, `${name}${index + 1}`);
      download.offered();
      return download;
    });
  }

  /** Advances time until unread downloads are stalled. */
  pause(): void {
    this.time += 1_000;
    this.turn();
    this.turn();
  }
}

describe('connection table', () => {
  it('frees kernel memory by resetting the longest resting connections of the largest sources', () => {
    const lab = new Lab(20);
    const resets: string[] = [];
    const stall = (address: string, name: string): void => {
      const connection = lab.table.admit(address, (isReset) => {
        resets.push(`${name} ${isReset ? 'reset' : 'closed'}`);
      });
      connection?.began();
      connection?.offered();
    };
    stall('10.0.0.1', 'a1');
    lab.time++;
    for (const name of ['b1', 'b2', 'b3']) {
      stall('10.0.0.2', name);
    }
    lab.download('10.0.0.3', 'moving');
    lab.table.relieve(1);
    expect(resets).toEqual([]);
    lab.pause();
    lab.table.relieve(0.4);
    expect(resets).toEqual(['b1 reset', 'b2 reset']);
    lab.table.relieve(0);
    expect(resets).toHaveLength(3);
    lab.table.relieve(1);
    expect(resets).toHaveLength(4);
    expect(lab.gone).toEqual([]);
    expect(lab.table.usage).toMatchObject({
      connections: 1,
      hits: { 'connection closed to free kernel memory': 4 },
    });
  });

  it('closes the longest idle connection of the source with the most', () => {
    const lab = new Lab(5);
    for (const name of ['a1', 'a2', 'a3']) {
      lab.admit('10.0.0.1', name);
    }
    lab.admit('10.0.0.2', 'b1');
    lab.admit('10.0.0.3', 'c1');
    lab.rest();
    lab.admit('10.0.0.4', 'd1');
    expect(lab.gone).toEqual(['a1']);
    expect(lab.hits).toEqual(['idle connection closed']);
    expect(lab.table.usage).toMatchObject({ connections: 5, sources: 4, active: 0 });
  });

  it('counts a connection as idle from the end of its response', () => {
    const lab = new Lab(3);
    const first = lab.download('10.0.0.1', 'first');
    lab.admit('10.0.0.1', 'second');
    first.rested();
    lab.admit('10.0.0.1', 'third');
    lab.rest();
    lab.admit('10.0.0.2', 'new');
    expect(lab.gone).toEqual(['first']);
  });

  it('orders a new connection that became idle before those whose responses ended later', () => {
    const lab = new Lab(3);
    lab.admit('10.0.0.1', 'silent');
    const answered = lab.download('10.0.0.1', 'answered');
    lab.rest();
    lab.time += 5_000;
    answered.rested();
    lab.admit('10.0.0.1', 'third');
    lab.rest();
    lab.admit('10.0.0.2', 'new');
    expect(lab.gone).toEqual(['silent']);
  });

  it('never ends a request whose response is in progress, however long that takes', () => {
    const lab = new Lab(4);
    const working = [1, 2, 3].map((index) => {
      const connection = lab.admit('10.0.0.1', `working ${index}`);
      connection?.began('work');
      return connection;
    });
    lab.admit('10.0.0.2', 'idle');
    lab.rest();
    lab.time += 60_000;
    lab.pause();
    lab.admit('10.0.0.3', 'new')?.began('work');
    expect(lab.gone).toEqual(['idle']);
    expect(lab.admit('10.0.0.4')).toBeUndefined();

    // Its response is ready, but its client does not read it.
    working[1]?.offered();
    lab.pause();
    lab.admit('10.0.0.3')?.began('work');
    expect(lab.gone).toEqual(['idle', 'working 2']);
  });

  it('closes an idle connection rather than the only download of a client', () => {
    const lab = new Lab(4);
    for (const host of [1, 2, 3]) {
      lab.stall(`10.0.0.${host}`, 1);
    }
    lab.admit('10.0.0.4', 'idle');
    lab.time = 60_000;
    lab.pause();
    lab.admit('10.0.0.5');
    expect(lab.gone).toEqual(['idle']);
  });

  it('ends the longest stalled download of the source with the most', () => {
    const lab = new Lab(12);
    for (const host of [1, 2, 3]) {
      lab.stall(`10.1.0.${host}`, host === 2 ? 3 : 2, `${host}-`);
      lab.time += 10;
    }
    for (let count = 0; count < 4; count++) {
      lab.download('10.0.0.9', 'reading').progressed(1e6);
    }
    lab.admit('10.0.0.9', 'late request');
    lab.pause();
    expect(lab.admit('10.0.0.9')).toBeDefined();
    expect(lab.gone).toEqual(['2-1']);
    expect(lab.hits).toEqual(['stalled download ended']);
  });

  it('frees connections of stalled clients for a client that has many', () => {
    const lab = new Lab(400);
    for (let host = 1; host <= 100; host++) {
      lab.stall(`10.1.0.${host}`, 4);
    }
    lab.pause();
    for (let count = 1; count <= 50; count++) {
      expect(lab.admit('10.0.0.9', 'client')).toBeDefined();
      // The clients whose connections were ended connect again.
      lab.admit(`10.1.0.${count}`, 'attacker');
    }
    expect(lab.gone).not.toContain('client');
    expect(new Set(lab.hits)).toEqual(new Set(['stalled download ended', 'connection refused']));
  });

  it('keeps downloads whose clients accept bytes every second', () => {
    const lab = new Lab(8);
    const reading = [1, 2, 3, 4].map(() => lab.download('10.0.0.1', 'reading'));
    lab.stall('10.0.0.2', 4, 'stalled');
    for (let second = 0; second < 5; second++) {
      for (const download of reading) {
        download.offered();
        lab.time += 10;
        download.progressed(8_192);
      }
      lab.pause();
    }
    for (const host of [3, 4, 5]) {
      lab.admit(`10.0.0.${host}`);
    }
    expect(lab.gone).toEqual(['stalled1', 'stalled2', 'stalled3']);
  });

  it('does not count server time as stalling', () => {
    const lab = new Lab(4);
    for (let count = 0; count < 2; count++) {
      lab.download('10.0.0.1', 'waits for the disk').progressed(0);
    }
    lab.stall('10.0.0.2', 2, 'stalled');
    lab.pause();
    lab.admit('10.0.0.3');
    expect(lab.gone).toEqual(['stalled1']);
  });

  it('counts a download as stalled only after pending input was read', () => {
    const lab = new Lab(2);
    for (const download of lab.stall('10.0.0.1', 2, 'download')) {
      download.progressed(1e6);
      download.offered();
    }
    lab.time = 1_000;
    lab.turn();
    expect(lab.admit('10.0.0.2')).toBeUndefined();
    lab.turn();
    expect(lab.admit('10.0.0.2')).toBeDefined();
    expect(lab.gone).toEqual(['download1']);
  });

  it('counts a stalled download as moving once its client accepts a piece', () => {
    const lab = new Lab(2);
    const downloads = lab.stall('10.0.0.1', 2, 'download');
    lab.pause();
    expect(lab.admit('10.0.0.2')).toBeDefined();
    expect(lab.gone).toEqual(['download1']);
    downloads[1]?.progressed(1e6);
    expect(lab.admit('10.0.0.3')).toBeUndefined();
  });

  it('protects resting connections of a small source from a larger one', () => {
    const lab = new Lab(12);
    for (const name of ['idle1', 'idle2', 'idle3']) {
      lab.admit('10.0.0.2', name);
    }
    for (let count = 0; count < 9; count++) {
      lab.download('10.0.0.1', 'attacker').progressed(1e6);
    }
    lab.pause();
    expect(lab.admit('10.0.0.1')).toBeUndefined();
    expect(lab.gone).toEqual([]);
    expect(lab.admit('10.0.0.3')).toBeDefined();
    expect(lab.gone).toEqual(['idle1']);
  });

  it('never closes a new connection for another one from the same source', () => {
    const lab = new Lab(8, 4);
    for (const host of [1, 2, 3]) {
      lab.download(`10.1.0.${host}`).progressed(1e6);
    }
    for (const name of ['a1', 'a2', 'a3', 'a4']) {
      lab.admit('10.0.0.1', name);
    }
    lab.admit('10.0.0.2', 'b1');
    expect(lab.admit('10.0.0.1')).toBeUndefined();
    expect(lab.gone).toEqual([]);
  });

  it('protects new connections of a busy client from many small sources', () => {
    const lab = new Lab(40);
    for (let host = 1; host <= 9; host++) {
      for (let index = 0; index < 4; index++) {
        lab.download(`10.1.0.${host}`).progressed(1e6);
      }
    }
    for (const name of ['a', 'b', 'c', 'd']) {
      lab.admit('10.0.0.9', name);
    }
    for (let host = 1; host <= 9; host++) {
      expect(lab.admit(`10.1.0.${host}`)).toBeUndefined();
    }
    expect(lab.gone).toEqual([]);
  });

  it('gives a request a tenth of a second and two turns of the event loop to arrive', () => {
    const lab = new Lab(2);
    lab.download('10.0.0.2').progressed(1e6);
    lab.admit('10.0.0.1', 'new');

    lab.time = 30_000;
    lab.turn();
    expect(lab.admit('10.0.0.3')).toBeUndefined();
    lab.turn();
    expect(lab.admit('10.0.0.3')).toBeDefined();
    expect(lab.gone).toEqual(['new']);

    lab.turn();
    lab.turn();
    lab.time = 30_099;
    expect(lab.admit('10.0.0.4')).toBeUndefined();
  });

  it('closes the oldest new connection of a source with more than twice as many', () => {
    const lab = new Lab(4);
    lab.admit('10.0.0.1', 'other');
    for (const name of ['a1', 'a2', 'a3']) {
      lab.admit('10.0.0.2', name);
    }

    expect(lab.admit('10.0.0.1')).toBeUndefined();
    expect(lab.admit('10.0.0.3')).toBeDefined();
    expect(lab.admit('10.0.0.2')).toBeUndefined();

    expect(lab.gone).toEqual(['a1']);
    expect(lab.hits).toEqual(['connection refused', 'new connection closed', 'connection refused']);
  });

  it('keeps a new connection until its request arrives, despite a larger source', () => {
    const lab = new Lab(8);
    const downloads = [1, 2].flatMap((host) =>
      [1, 2, 3, 4].map((index) => lab.download(`10.0.0.${host}`, `${host}-${index}`)),
    );
    for (lab.time = 1_000; lab.time <= 9_000; lab.time += 1_000) {
      for (const download of downloads) {
        download.progressed(100_000);
      }
    }
    expect(lab.admit('10.0.0.9', 'legitimate')).toBeDefined();
    expect(lab.admit('10.0.0.2', 'attacker')).toBeUndefined();
    expect(lab.gone).toHaveLength(1);
    expect(lab.gone).not.toContain('legitimate');
  });

  it('keeps a slow download until its slot is needed', () => {
    const lab = new Lab(2);
    const slow = lab.download('10.0.0.1', 'slow');
    const quick = lab.download('10.0.0.2', 'quick');
    for (lab.time = 1_000; lab.time <= 60_000; lab.time += 1_000) {
      slow.progressed(1);
      quick.progressed(100_000);
    }
    expect(lab.gone).toEqual([]);
    expect(lab.admit('10.0.0.3')).toBeDefined();
    expect(lab.gone).toEqual(['slow']);
    expect(lab.hits).toEqual(['slow download ended']);
  });

  it('ends the slowest download of a source with more than twice the connections', () => {
    const lab = new Lab(4);
    const downloads = ['a1', 'a2', 'a3', 'a4'].map((name) => lab.download('10.0.0.1', name));
    for (lab.time = 0; lab.time <= 20_000; lab.time += 1_000) {
      for (const [index, download] of downloads.entries()) {
        download.progressed(50_000 * (4 - index));
      }
    }
    lab.download('10.0.0.2', 'b1');
    expect(lab.gone).toEqual(['a4']);
    expect(lab.admit('10.0.0.2', 'b2')).toBeUndefined();
    expect(lab.gone).toEqual(['a4']);
    expect(lab.table.usage.hits['connection refused']).toBe(1);
  });

  it('keeps the slower downloads of a smaller source', () => {
    const lab = new Lab(10);
    const rack = [1, 2, 3].map((index) => lab.download('10.0.0.2', `rack ${index}`));
    const largest = Array.from({ length: 7 }, () => lab.download('10.0.0.1', 'attacker'));
    for (lab.time = 0; lab.time <= 20_000; lab.time += 1_000) {
      for (const download of rack) {
        download.progressed(10_000);
      }
      for (const download of largest) {
        download.progressed(1_000_000);
      }
    }
    lab.admit('10.0.0.3');
    expect(lab.gone).toEqual(['attacker']);
  });

  it('refuses a new connection if all others make progress and none exceeds its share', () => {
    const lab = new Lab(3);
    for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) {
      lab.download(address).progressed(1_000_000);
    }
    expect(lab.admit('10.0.0.4')).toBeUndefined();
    expect(lab.gone).toEqual([]);
  });

  it('lets a source at its limit replace only its own connections', () => {
    const lab = new Lab(10, 2);
    lab.admit('10.0.0.9', 'other');
    lab.admit('10.0.0.1', 'a1');
    lab.admit('10.0.0.1', 'a2');
    expect(lab.admit('10.0.0.1', 'a3')).toBeUndefined();
    expect(lab.gone).toEqual([]);
    lab.rest();
    expect(lab.admit('10.0.0.1', 'a4')).toBeDefined();
    expect(lab.gone).toEqual(['a1']);
  });

  it('counts an IPv6 /64 as one source, and link-local hosts separately', () => {
    const lab = new Lab(10, 2);
    const admitted = (prefix: string): boolean[] =>
      ['1', '2', '3'].map((host) => lab.admit(`${prefix}${host}`) !== undefined);
    expect(admitted('2001:db8::')).toEqual([true, true, false]);
    expect(admitted('fe80::')).toEqual([true, true, true]);
  });

  describe('the addresses of an IPv6 /64', () => {
    const ATTACKER = '2001:db8::bad';
    const CLIENT = '2001:db8::1';

    it('share its connections: a fast download of the address with the most downloads gives way', () => {
      const lab = new Lab(100, 8);
      for (let count = 0; count < 8; count++) {
        lab.download(ATTACKER, 'attacker').progressed(1e6);
      }

      expect(lab.admit(CLIENT, 'client')).toBeDefined();

      expect(lab.gone).toEqual(['attacker']);
      expect(lab.hits).toEqual(['download of the largest source ended']);
    });

    it('share its connections: unread, idle and new ones of the address with the most are closed', () => {
      const lab = new Lab(100, 9);
      lab.download('2001:db8::2', 'other').offered();
      lab.admit('2001:db8::3', 'another');
      lab.stall(ATTACKER, 3, 'unread ');
      lab.pause();
      for (const name of ['idle 1', 'idle 2']) {
        const connection = lab.download(ATTACKER, name);
        connection.rested();
      }
      for (const name of ['new 1', 'new 2']) {
        lab.admit(ATTACKER, name);
      }

      for (let count = 1; count <= 4; count++) {
        expect(lab.admit(CLIENT, `client ${count}`)).toBeDefined();
      }

      expect(lab.gone).toEqual(['unread 1', 'unread 2', 'unread 3', 'idle 1']);
    });

    it('keep a new connection of the address with the most if it has at most twice as many', () => {
      const lab = new Lab(100, 4);
      for (let count = 0; count < 3; count++) {
        lab.download(ATTACKER);
      }
      lab.download(CLIENT);

      expect(lab.admit(CLIENT)).toBeUndefined();
      expect(lab.admit('2001:db8::2')).toBeDefined();
    });

    it('make room for each other when the table is full of other sources', () => {
      const lab = new Lab(8);
      for (let count = 0; count < 4; count++) {
        lab.download(ATTACKER, 'attacker');
        lab.download('10.0.0.1', 'other');
      }

      expect(lab.admit(CLIENT, 'client')).toBeDefined();

      expect(lab.gone).toEqual(['attacker']);
    });

    it('give way to another source: the address with the most idle connections loses one', () => {
      const lab = new Lab(7);
      lab.download(CLIENT, 'client').rested();
      for (let count = 1; count <= 6; count++) {
        lab.time += 1;
        lab.download(ATTACKER, `attacker ${count}`).rested();
      }

      lab.admit('10.0.0.1', 'other');

      expect(lab.gone).toEqual(['attacker 1']);
    });

    it('give way to other sources: the address with the most loses downloads, then a new connection', () => {
      const lab = new Lab(8);
      lab.download(CLIENT, 'client');
      lab.admit('2001:db8::2', 'client');
      for (let count = 0; count < 3; count++) {
        lab.download(ATTACKER, 'attacker download').progressed(1e6);
        lab.admit(ATTACKER, 'attacker new');
      }

      lab.admit('10.0.0.1', 'other');
      lab.admit('10.0.0.2', 'other');
      lab.admit('10.0.0.3', 'other');

      expect(lab.gone).toEqual(['attacker download', 'attacker download', 'attacker new']);
    });
  });

  it('replaces an idle connection without a search, for any table size', () => {
    const size = 50_000;
    const lab = new Lab(size);
    for (let index = 0; index < 4 * size; index++) {
      if (index % size === 0) {
        lab.rest();
      }
      lab.admit(`10.0.${index % 250}.1`, `${index}`);
    }
    expect(lab.gone).toHaveLength(3 * size);
    expect(lab.table.usage).toMatchObject({ connections: size, sources: 250 });
  });

  it('forgets sources whose connections are closed', () => {
    const lab = new Lab(3);
    const one = lab.admit('10.0.0.1');
    const two = lab.download('10.0.0.2');
    one?.closed();
    two.closed();
    two.closed();
    two.rested();
    expect(lab.table.usage).toMatchObject({ connections: 0, sources: 0, active: 0 });
  });
});
