/** Problem, with its cause and its remedy. */
export interface Finding {
  /** Stable name, for programs. */
  readonly rule: string;
  /** `error`: no machine boots this way; `warning`: some machines do not, or slowly. */
  readonly severity: 'error' | 'warning';
  /** The problem, as a clause without a full stop. */
  readonly what: string;
  /** Reason why the problem matters, as a sentence. */
  readonly why: string;
  /** Remedy in one line, as a sentence. */
  readonly fix: string;
  /** Messages and facts that show the problem. */
  readonly evidence: readonly string[];
}

/** Returns the findings without repetitions: one that several kinds of client share combines their evidence. */
export function distinctFindings(findings: readonly Finding[]): readonly Finding[] {
  const distinct = new Map<string, Finding>();
  for (const finding of findings) {
    const key = `${finding.rule}\n${finding.what}`;
    const known = distinct.get(key);
    distinct.set(
      key,
      known === undefined
        ? finding
        : { ...known, evidence: [...new Set([...known.evidence, ...finding.evidence])] },
    );
  }
  return [...distinct.values()].sort(
    (one, other) => Number(one.severity === 'warning') - Number(other.severity === 'warning'),
  );
}
