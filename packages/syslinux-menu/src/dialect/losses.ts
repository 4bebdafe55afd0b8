import { type Diagnostic } from '../diagnostic.js';
import { type Menu, type MenuItem } from '../model/menu.js';
import { walkItems } from '../model/walk.js';

/** Findings about what a dialect does not show or do; each is reported once for the menu. */
export type LossCode = 'not-shown' | 'not-appended';

/** One thing that a dialect drops. */
export interface Loss {
  readonly severity: 'warning' | 'note';
  readonly code: LossCode;
  /** What is dropped and what happens instead. */
  readonly message: string;
  /** Whether the item has it. */
  readonly concerns: (item: MenuItem) => boolean;
}

/** Reports each loss that the menu's items suffer, at the first item that does. */
export function reportLosses(menu: Menu, losses: readonly Loss[], diagnostics: Diagnostic[]): void {
  for (const { severity, code, message, concerns } of losses) {
    for (const { item, path } of walkItems(menu)) {
      if (concerns(item)) {
        diagnostics.push({ severity, code, message, path });
        break;
      }
    }
  }
}
