import { describe, expect, it } from 'vitest';

import { parseTrafficCounters } from './traffic-counters.js';

/** Returns a set as nft 1.1 prints it. */
function nftSet(elements: string): string {
  return `{"nftables": [{"metainfo": {"version": "1.1.3", "json_schema_version": 1}}, {"set": {"family": "ip", "name": "sent", "table": "lab", "type": "ipv4_addr", "handle": 1, "size": 1000000, "flags": "dynamic"${elements}, "stmt": [{"counter": null}]}}]}`;
}

describe('parseTrafficCounters', () => {
  it('counts payload without the headers of IP and UDP', () => {
    const counters = parseTrafficCounters(
      nftSet(
        ', "elem": [{"elem": {"val": "10.80.0.7", "counter": {"packets": 3, "bytes": 1632}}}, {"elem": {"val": "10.80.0.8", "counter": {"packets": 1, "bytes": 32}}}]',
      ),
    );
    expect(counters.get('10.80.0.7')).toEqual({ datagrams: 3, payloadBytes: 1_548 });
    expect(counters.get('10.80.0.8')).toEqual({ datagrams: 1, payloadBytes: 4 });
  });

  it('reads an empty set', () => {
    expect(parseTrafficCounters(nftSet('')).size).toBe(0);
  });

  it('refuses output without a set', () => {
    expect(() => parseTrafficCounters('{"nftables": []}')).toThrow('no set');
  });
});
