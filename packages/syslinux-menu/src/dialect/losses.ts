import { type Menu, type MenuItem } from '../model/menu.js';
import { walkItems } from '../model/walk.js';
import { type Loss, type Report } from './dialect.js';

/** Reports each loss that the menu's items suffer, at each item that does. */
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
