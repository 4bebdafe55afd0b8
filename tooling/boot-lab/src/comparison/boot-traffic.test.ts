import { describe, expect, it } from 'vitest';

import { fixture } from '../../test/support/fixture.js';
import { readPcap } from '../capture/pcap.js';
import { measureTraffic } from './boot-traffic.js';

const RECORD_HEADER_LENGTH = 16;

describe('measureTraffic', () => {
  const capture = Buffer.from(fixture('lpxelinux-http.pcap'));

  it('measures from the first request to the last byte, the longest silence left out', () => {
    const { seconds, silence, udpBytes } = measureTraffic(capture);
    const times = [...readPcap(capture)].map(({ time }) => time);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds + silence).toBeLessThanOrEqual((times.at(-1) ?? 0) - (times[0] ?? 0) + 1e-6);
    expect(udpBytes).toBe(0);
  });

  it('leaves out a wait of any length in the middle', () => {
    const before = measureTraffic(capture);
    const later = delaySecondHalf(capture, 1000);
    const after = measureTraffic(later);
    expect(after.silence).toBeGreaterThan(1000);
    // The longest silence before counts now, and the pause in the middle no more.
    expect(after.seconds).toBeGreaterThan(0);
    expect(after.seconds).toBeLessThan(before.seconds + before.silence + 1e-6);
  });
});

/** The same capture with a pause before the second half of its frames. */
function delaySecondHalf(capture: Buffer, seconds: number): Buffer {
  const copy = Buffer.from(capture);
  const frames = [...readPcap(copy)];
  let offset = 24;
  for (const [index, { bytes }] of frames.entries()) {
    if (index >= frames.length / 2) {
      copy.writeUInt32LE(copy.readUInt32LE(offset) + seconds, offset);
    }
    offset += RECORD_HEADER_LENGTH + bytes.length;
  }
  return copy;
}
