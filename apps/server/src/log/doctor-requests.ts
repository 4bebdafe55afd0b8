/**
 * TFTP option that marks the requests of `pxeboot doctor`, since they are not part of a machine's boot. Other
 * servers ignore it (RFC 2347).
 */
export const DOCTOR_OPTION = 'pxeboot-doctor';

/** `User-Agent` of the HTTP requests of `pxeboot doctor`. */
export const DOCTOR_USER_AGENT = 'pxeboot-doctor';

/** Returns true for the `User-Agent` of `pxeboot doctor`. */
export function isDoctor(userAgent: string | undefined): boolean {
  return userAgent?.startsWith(DOCTOR_USER_AGENT) === true;
}
