import { type Diagnostic, formatDiagnostic } from '@pxe/syslinux-menu';

import { type Logger } from './logger.js';

/** Maximum number of findings that are remembered as told. */
const MAX_TOLD = 256;

/**
 * Logs what the boot menu of a loader does not say as the settings do, each once: menus are made anew
 * for every class of clients. What works otherwise than in syslinux without harm is told at the level
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
    if (finding.severity === 'note') {
      logger.debug(line, message);
    } else {
      logger.warn(line, message);
    }
  };
}
