import { type Menu, type MenuItem } from '../model/menu.js';
import { quoted } from '../text/text.js';
import { isSelectable } from '../validate/validate-menu.js';
import { type NamedItem, type RenderCode, type Report } from './dialect.js';

/** Reason why an item is left out. */
export interface Obstacle {
  readonly code: RenderCode;
  /** Explanation, as the end of a sentence. */
  readonly reason: string;
}

/** Part of a menu that a dialect can express. */
export interface Selection {
  /** Items left out, including everything inside them. */
  readonly leftOut: ReadonlySet<MenuItem>;
  /** True if a person or the timeout can still start an entry. */
  readonly isStartable: boolean;
}

/**
 * Determines which items are left out: those that a dialect cannot express, and submenus left
 * without anything to start. Reports a warning for each.
 */
export function leaveOut(
  menu: Menu,
  obstacleOf: (item: NamedItem) => Obstacle | undefined,
  report: Report,
): Selection {
  const selector = new Selector(obstacleOf, report);
  const isStartable = selector.visit(menu.items, '');
  return { leftOut: selector.leftOut, isStartable };
}

class Selector {
  readonly leftOut = new Set<MenuItem>();
  readonly #obstacleOf: (item: NamedItem) => Obstacle | undefined;
  readonly #report: Report;

  constructor(obstacleOf: (item: NamedItem) => Obstacle | undefined, report: Report) {
    this.#obstacleOf = obstacleOf;
    this.#report = report;
  }

  /** Visits the items of a menu; returns true if anything in it can be started. */
  visit(items: readonly MenuItem[], prefix: string): boolean {
    let isStartable = false;
    for (const [index, item] of items.entries()) {
      if (item.type === 'separator') {
        continue;
      }
      const path = `${prefix}items[${index}]`;
      const obstacle = this.#obstacleOf(item);
      if (obstacle !== undefined) {
        this.#leaveOut(item, path, obstacle);
      } else if (item.type === 'submenu') {
        if (this.visit(item.items, `${path}.`)) {
          isStartable = true;
        }
        // A submenu from which nothing is left out never had anything to start, so it stays.
        else if (item.items.some((inner) => this.leftOut.has(inner))) {
          this.#leaveOut(item, path, { code: 'left-out', reason: 'nothing in it can be started' });
        }
      } else if (item.type !== 'back' && isSelectable(item)) {
        isStartable = true;
      }
    }
    return isStartable;
  }

  #leaveOut(item: NamedItem, path: string, { code, reason }: Obstacle): void {
    this.leftOut.add(item);
    if (item.type === 'submenu') {
      this.#addInside(item.items);
    }
    this.#report('warning', code, `${quoted(item.label)} is left out: ${reason}`, path);
  }

  #addInside(items: readonly MenuItem[]): void {
    for (const item of items) {
      // The same separator object may be part of several menus.
      if (item.type !== 'separator') {
        this.leftOut.add(item);
      }
      if (item.type === 'submenu') {
        this.#addInside(item.items);
      }
    }
  }
}
