/** Response of `/readyz`. */
export interface Readiness {
  readonly status: string;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly detail?: string;
  }[];
}

/**
 * Returns true for a response of `/readyz`. The schema library is not used, since it takes longer to load
 * than the daemon takes to answer.
 */
export function isReadiness(answer: unknown): answer is Readiness {
  return (
    isObject(answer) &&
    typeof answer['status'] === 'string' &&
    Array.isArray(answer['checks']) &&
    answer['checks'].every(isCheck)
  );
}

function isCheck(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value['name'] === 'string' &&
    typeof value['ok'] === 'boolean' &&
    (value['detail'] === undefined || typeof value['detail'] === 'string')
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
