import { describe, expect, it } from 'vitest';

import { type Finding, type Rule } from '../self-check/finding.js';
import { EFFECTS, withoutEffects } from './causes.js';

function finding(rule: Rule, severity: Finding['severity'], host?: string): Finding {
  const about = host === undefined ? {} : { host };
  return { rule, severity, what: `${rule}!`, why: '', fix: '', evidence: [], ...about };
}

const shownOf = (findings: readonly Finding[]): readonly string[] =>
  withoutEffects(findings).map(({ rule, severity }) => `${rule} ${severity}`);

describe('withoutEffects', () => {
  const unnamed = finding('no-next-server', 'warning');

  it.each(['host-unreachable', 'no-tftp-server', 'tftp-blocked'] as const)(
    'treats the missing next-server as the cause of %s',
    (rule) => {
      const found = [
        unnamed,
        finding(rule, 'error', '192.0.2.1'),
        finding('slow-http', 'warning', '192.0.2.9'),
      ];
      expect(shownOf(found)).toEqual(['no-next-server error', 'slow-http warning']);
    },
  );

  it('keeps the severity of a cause without effects', () => {
    const found = [unnamed, finding('slow-tftp', 'warning', '192.0.2.1')];
    expect(shownOf(found)).toEqual(['no-next-server warning', 'slow-tftp warning']);
  });

  it('keeps findings that nothing explains', () => {
    const found = [finding('no-tftp-server', 'error', '192.0.2.1')];
    expect(shownOf(found)).toEqual(['no-tftp-server error']);
  });

  it('shows effects as evidence of their cause, whichever is found first', () => {
    const [cause, ...others] = withoutEffects([
      finding('http-unreachable', 'error', '192.0.2.1'),
      finding('large-blocks-lost', 'error', '192.0.2.1'),
      finding('slow-http', 'warning', '192.0.2.1'),
    ]);
    expect(cause).toMatchObject({
      rule: 'large-blocks-lost',
      evidence: ['http-unreachable!', 'slow-http!'],
    });
    expect(others).toEqual([]);
  });

  it('keeps findings about another host', () => {
    const found = [
      finding('large-blocks-lost', 'error', '192.0.2.1'),
      finding('http-unreachable', 'error', '192.0.2.2'),
    ];
    expect(shownOf(found)).toEqual(['large-blocks-lost error', 'http-unreachable error']);
  });

  it('shows an effect of an effect below the first cause', () => {
    const [cause, ...others] = withoutEffects([
      unnamed,
      finding('host-unreachable', 'error', '192.0.2.1'),
      finding('http-unreachable', 'error', '192.0.2.1'),
    ]);
    expect(cause?.evidence).toEqual(['host-unreachable!', 'http-unreachable!']);
    expect(others).toEqual([]);
  });

  it('shows only once a finding that several kinds of clients share', () => {
    const [shared, ...others] = withoutEffects([
      { ...finding('no-boot-file', 'error'), what: 'none for BIOS' },
      { ...finding('no-boot-file', 'error'), what: 'none for UEFI' },
    ]);
    expect(shared).toMatchObject({ what: 'none for BIOS', evidence: ['none for UEFI'] });
    expect(others).toEqual([]);
  });

  it('has no cycles in its table', () => {
    const below = (rule: Rule, path: readonly Rule[]): void => {
      expect(path).not.toContain(rule);
      for (const effect of EFFECTS[rule] ?? []) {
        below(effect, [...path, rule]);
      }
    };
    for (const rule of Object.keys(EFFECTS) as Rule[]) {
      below(rule, []);
    }
  });
});
