import { describe, expect, it } from 'vitest';

import { fixturePath } from '../../test/support/fixture.js';
import { readCapture } from '../capture/captured-packet.js';
import { measureTraffic } from './boot-traffic.js';

describe('measureTraffic', async () => {
  const capture = await readCapture(fixturePath('lpxelinux-http.pcap'));

  it('measures from the first request to the last byte, without the longest silence', () => {
    const { seconds, silence, udpBytes } = measureTraffic(capture);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds + silence).toBeLessThanOrEqual(
      (capture.at(-1)?.time ?? 0) - (capture[0]?.time ?? 0) + 1e-6,
    );
    expect(udpBytes).toBe(0);
  });

  it('leaves out a wait of any length in the middle', () => {
    const before = measureTraffic(capture);
    const after = measureTraffic(
      capture.map((packet, index) =>
        index < capture.length / 2 ? packet : { ...packet, time: packet.time + 1000 },
      ),
    );
    expect(after.silence).toBeGreaterThan(1000);
    // The silence that used to be the longest now counts, and the pause in the middle does not.
    expect(after.seconds).toBeGreaterThan(0);
    expect(after.seconds).toBeLessThan(before.seconds + before.silence + 1e-6);
  });
});
