import { type Menu, type MenuItem } from '../model/menu.js';
import { walkItems } from '../model/walk.js';
import { type Loss, type Report } from './dialect.js';

/** Reports the parts of each item that the dialect drops. */
export function reportLosses(
  menu: Menu,
  leftOut: ReadonlySet<MenuItem>,
  losses: readonly Loss[],
  report: Report,
): void {
  for (const { item, path } of walkItems(menu)) {
    if (leftOut.has(item)) {
      continue;
    }
    for (const { severity, code, message, concerns } of losses) {
      if (concerns(item)) {
        report(severity, code, message, path);
      }
    }
  }
}
