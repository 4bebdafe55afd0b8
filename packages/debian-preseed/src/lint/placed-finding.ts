import { type Finding, type FindingCode, type Severity } from '../findings/finding.js';
import { type Place } from '../parse/statement.js';

/** A finding with its place. */
export interface PlacedFinding extends Finding, Place {
  readonly line: number;
  readonly column: number;
}

/** Returns a finding at a place. */
export function found(
  severity: Severity,
  code: FindingCode,
  { line, column }: Place,
  message: string,
  fix?: string,
): PlacedFinding {
  return { severity, code, message, ...(fix !== undefined && { fix }), line, column };
}
