import { type Diagnostic } from '../diagnostics/diagnostic.js';
import { MenuError } from '../diagnostics/errors.js';
import { type Menu, type MenuItem } from '../model/menu.js';
import { unattendedBoot } from '../model/unattended.js';
import { walkItems } from '../model/walk.js';
import { quoted } from '../text/text.js';
import { cleanMenu } from '../validate/clean-menu.js';
import { type Dialect, type RenderCode, type RenderOptions } from './dialect.js';
import { leaveOut, type Obstacle } from './leave-out.js';
import { reportLosses } from './losses.js';

/** Result of rendering: the text, if anything could be rendered, and all findings. */
export type RenderResult =
  | {
      readonly ok: true;
      /** Text of the whole file. Every line ends in LF. */
      readonly text: string;
      /** Differences between the text and the menu, as warnings and notes. */
      readonly findings: readonly Diagnostic<RenderCode>[];
    }
  | { readonly ok: false; readonly findings: readonly Diagnostic<RenderCode>[] };

/** Matches an item's path at the start of a longer one, such as `items[2]` in `items[2].label`. */
const ITEM_PATH = /^items\[\d+\](?:\.items\[\d+\])*/;

/**
 * Renders a menu in a dialect. An item that cannot be written is left out; the result has no text
 * only if nothing is left that can be started. Does not call `options.onFinding`.
 */
export function safeRender<Options extends RenderOptions>(
  menu: Menu,
  dialect: Dialect<Options>,
  options: Options,
): RenderResult {
  const { menu: clean, findings: faults, origins } = cleanMenu(menu);
  const items = new Map([...walkItems(clean)].map(({ item, path }) => [path, item]));
  const unfit = new Map<MenuItem, Obstacle>();
  for (;;) {
    const findings: Diagnostic<RenderCode>[] = [...faults];
    const known = unfit.size;
    const report = (
      severity: Diagnostic['severity'],
      code: RenderCode,
      message: string,
      path: string,
    ): void => {
      findings.push({ severity, code, message, path: original(path, origins) });
    };
    const { leftOut, isStartable } = leaveOut(
      clean,
      (item) => {
        const reason = dialect.obstacle(item, clean, options);
        return reason === undefined ? unfit.get(item) : { code: 'left-out', reason };
      },
      report,
    );
    if (!isStartable) {
      const message = `the menu has no entry that ${dialect.name} can start`;
      report('error', 'nothing-left', message, 'items');
      return { ok: false, findings };
    }
    reportLosses(clean, leftOut, dialect.losses, report);
    const boot = unattendedBoot(clean);
    const isLost = boot !== undefined && leftOut.has(boot.entry);
    if (isLost) {
      const name = quoted(boot.entry.label);
      const message = `${dialect.name} cannot start ${name}, which would boot after the timeout; the menu waits for a choice instead`;
      report('warning', 'default-left-out', message, boot.path);
    }
    const text = dialect.write(
      {
        menu: clean,
        leftOut,
        unattended: isLost ? undefined : boot,
        isDefaultLost: isLost,
        report,
        fault: (code, message, path) => {
          const [itemPath = ''] = ITEM_PATH.exec(path) ?? [];
          const item = items.get(itemPath);
          if (item === undefined) {
            report('warning', code, message, path);
          } else if (!unfit.has(item)) {
            unfit.set(item, { code, reason: message });
          }
        },
      },
      options,
    );
    // Done unless this round has found more unfit items, which the next one then leaves out.
    if (unfit.size === known) {
      return { ok: true, text, findings };
    }
  }
}

/**
 * Renders a menu in a dialect.
 *
 * @returns the text; differences from the menu are reported to `options.onFinding`
 * @throws {@link MenuError} with code `ERR_MENU_NOTHING_LEFT` when nothing could be started
 */
export function render<Options extends RenderOptions>(
  menu: Menu,
  dialect: Dialect<Options>,
  options: Options,
): string {
  const result = safeRender(menu, dialect, options);
  if (options.onFinding !== undefined) {
    result.findings.forEach(options.onFinding);
  }
  if (!result.ok) {
    throw new MenuError('ERR_MENU_NOTHING_LEFT', result.findings);
  }
  return result.text;
}

/** Returns the path in the original menu for a path in the clean one. */
function original(path: string, origins: ReadonlyMap<string, string>): string {
  const [item] = ITEM_PATH.exec(path) ?? [];
  const origin = item === undefined ? undefined : origins.get(item);
  return item === undefined || origin === undefined ? path : `${origin}${path.slice(item.length)}`;
}
