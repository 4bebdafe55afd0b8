import { type Diagnostic, formatDiagnostic } from '@pxe/syslinux-menu';

import { type Logger } from './logger.js';

/** Code of the finding that a loader cannot start an extra entry. */
export const LEFT_OUT = 'entry-left-out';

/** Maximum number of different findings that are logged; any others are left out. */
const MAX_TOLD = 256;

/**
 * Returns a function that logs differences between a loader's menu and the settings, each only once, since
 * menus are rendered again for every class of clients. Harmless differences from syslinux are logged at level
 * `debug`.
 */
export function menuFindings(logger: Logger): (loader: string, finding: Diagnostic) => void {
  const told = new Set<string>();
  return (loader, finding) => {
    const text = formatDiagnostic(finding);
    const key = `${loader} ${text}`;
    if (told.has(key) || told.size >= MAX_TOLD) {
      return;
    }
    told.add(key);
    const line = { event: 'menu-finding', loader, code: finding.code };
    const message = `the menu for ${loader}: ${text}`;
    if (finding.code === LEFT_OUT) {
      logger.info({ ...line, event: 'entry-left-out' }, finding.message);
    } else if (finding.severity === 'note') {
      logger.debug(line, message);
    } else {
      logger.warn(line, message);
    }
  };
}
