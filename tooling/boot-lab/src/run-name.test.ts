import { describe, expect, it } from 'vitest';

import { formatRunName, parseRunName } from './run-name.js';

describe('run name', () => {
  it('names its owner', () => {
    const owner = { pid: 4711, startTicks: 171_402 };
    expect(formatRunName(owner, 2)).toBe('pxelab-4711-171402-2');
    expect(parseRunName('pxelab-4711-171402-2')).toEqual(owner);
  });

  it.each(['pxelab', 'pxelab-1-2', 'pxelab-1-2-3-4', 'other-1-2-3', 'pxelab-x-2-3', ''])(
    'is not %j',
    (name) => {
      expect(parseRunName(name)).toBeUndefined();
    },
  );
});
