import { type Menu, type MenuItem } from '../model/menu.js';
import { walkItems } from '../model/walk.js';
import { type RenderCode, type Report } from './dialect.js';

/** One thing that a dialect drops. */
export interface Loss {
  readonly severity: 'warning' | 'note';
  readonly code: RenderCode;
  /** What is dropped and what happens instead. */
  readonly message: string;
  /** Whether the item has it. */
  readonly concerns: (item: MenuItem) => boolean;
}

/** Reports each loss that the menu's items suffer, at each item that does. */
export function reportLosses(
  menu: Menu,
  leftOut: ReadonlySet<MenuItem>,
  losses: readonly Loss[],
  report: Report,
): void {
  for (const { item, path } of walkItems(menu)) {
    if (leftOut.has(item)) continue;
    for (const { severity, code, message, concerns } of losses) {
      if (concerns(item)) report(severity, code, message, path);
    }
  }
}
