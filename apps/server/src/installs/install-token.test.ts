import { describe, expect, it } from 'vitest';

import { issueToken, readToken } from './install-token.js';

const INSTALL = { id: '0123456789abcdef', key: '00'.repeat(32) };
const MINUTE_MS = 60_000;

describe('the token of an installation', () => {
  it.each(['1969-12-31T23:59:30Z', '2038-01-19T03:14:07Z', '2106-02-07T06:28:15Z', '2500-01-01'])(
    'keeps its time of issue around %s',
    (date) => {
      const issuedAt = Date.parse(date);
      const token = issueToken('p', INSTALL, issuedAt);
      for (const age of [-MINUTE_MS, 0, MINUTE_MS, 16 * MINUTE_MS]) {
        expect(readToken(token, issuedAt + age)).toEqual({ id: INSTALL.id, issuedAt });
      }
    },
  );
});
