import { describe, expect, it } from 'vitest';

import { type Finding, type Rule } from '../self-check/finding.js';
import { withCause } from './doctor.js';

function finding(rule: Rule, severity: Finding['severity']): Finding {
  return { rule, severity, what: rule, why: '', fix: '', evidence: [] };
}

const shownOf = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ rule, severity }) => `${rule} ${severity}`);

describe('withCause', () => {
  const unnamed = finding('no-next-server', 'warning');

  it.each(['host-unreachable', 'no-tftp-server', 'tftp-blocked'] as const)(
    'takes the missing next-server for the cause of %s',
    (rule) => {
      const found = withCause([unnamed], [finding(rule, 'error'), finding('slow-http', 'warning')]);
      expect(shownOf(found)).toEqual(['no-next-server error', 'slow-http warning']);
    },
  );

  it('keeps it a warning if the DHCP server has the file', () => {
    const found = withCause([unnamed], [finding('slow-tftp', 'warning')]);
    expect(shownOf(found)).toEqual(['no-next-server warning', 'slow-tftp warning']);
  });

  it('keeps findings about a server that DHCP names', () => {
    const found = withCause([], [finding('no-tftp-server', 'error')]);
    expect(shownOf(found)).toEqual(['no-tftp-server error']);
  });
});
