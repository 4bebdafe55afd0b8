import { type JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { parseSyslinux } from '@pxe/syslinux-menu';
import {
  graphicsScreen,
  gridText,
  type MenuKey,
  MenuNavigator,
  type MenuOutcome,
  type NamedKey,
  paintSvg,
} from '@pxe/syslinux-menu/preview';

/** Interval at which the menu's clock advances, in milliseconds. */
const TICK_MS = 250;

/** Keys of the menu by the name that the browser gives them. */
const KEYS: Readonly<Record<string, NamedKey | undefined>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  PageUp: 'pageup',
  PageDown: 'pagedown',
  Home: 'home',
  End: 'end',
  Enter: 'enter',
  Escape: 'escape',
  Backspace: 'backspace',
  Delete: 'delete',
};

/**
 * Keys that also have a button, for devices without a keyboard; Tab needs one, since it moves the focus away.
 */
const BUTTONS: readonly (readonly [NamedKey, string])[] = [
  ['tab', 'Tab'],
  ['up', '↑'],
  ['down', '↓'],
  ['enter', 'Enter'],
  ['escape', 'Esc'],
];

/**
 * Screen of vesamenu.c32 with a PXELINUX menu, which the keys navigate. The menu's clock runs only while
 * the screen has the focus.
 *
 * @param text - configuration that PXELINUX reads
 * @param mac - MAC address that PXELINUX adds to command lines; undefined if it is unknown
 */
export function MenuScreen({
  text,
  mac,
}: {
  readonly text: string;
  readonly mac: string | undefined;
}): JSX.Element {
  const [navigator, setNavigator] = useState(() => startMenu(text, mac));
  const [, setDrawn] = useState(0);
  const screen = useRef<HTMLDivElement>(null);
  const redraw = (): void => {
    setDrawn((count) => count + 1);
  };

  useEffect(() => {
    let before = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      if (document.activeElement === screen.current && navigator.outcome === undefined) {
        navigator.tick(now - before);
        redraw();
      }
      before = now;
    }, TICK_MS);
    return () => {
      clearInterval(timer);
    };
  }, [navigator]);

  const press = (key: MenuKey): void => {
    navigator.press(key);
    redraw();
    screen.current?.focus();
  };

  const { grid } = navigator;
  const hasPicture = grid.background !== '' && !grid.background.startsWith('#');
  const svg = paintSvg(grid, hasPicture ? { backgroundUrl: './splash.png' } : {});
  return (
    <>
      <div
        ref={screen}
        class="menu-screen"
        tabIndex={0}
        role="application"
        aria-label="Boot menu"
        aria-describedby="menu-text"
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) {
            return;
          }
          const key = KEYS[event.key] ?? (event.key.length === 1 ? event.key : undefined);
          if (key !== undefined) {
            event.preventDefault();
            press(key);
          }
        }}
      >
        <div
          aria-hidden="true"
          // The painter escapes every text of the menu.
          dangerouslySetInnerHTML={{ __html: svg }}
        />
        <pre id="menu-text" class="hidden">
          {gridText(grid)}
        </pre>
      </div>
      <div class="buttons" role="group" aria-label="Keys">
        {BUTTONS.map(([key, title]) => (
          <button
            key={key}
            type="button"
            onClick={() => {
              press(key);
            }}
          >
            {title}
          </button>
        ))}
        <button
          type="button"
          onClick={() => {
            setNavigator(startMenu(text, mac));
            screen.current?.focus();
          }}
        >
          Start again
        </button>
      </div>
      <p role="status">{statusText(navigator)}</p>
      <p class="note">
        Click the screen, or reach it with Tab, and use the keys of a machine: arrows, Enter, Esc,
        and the highlighted letters. The countdown runs only while the screen has the focus.
      </p>
    </>
  );
}

function startMenu(text: string, mac: string | undefined): MenuNavigator {
  const { loaded } = parseSyslinux(text, {
    ...(mac !== undefined && { appended: { bootif: `BOOTIF=01-${mac.replaceAll(':', '-')}` } }),
  });
  const { width, height } = loaded.resolution ?? {};
  return new MenuNavigator(loaded, { screen: graphicsScreen(width, height) });
}

function statusText({ outcome, grid, selected }: MenuNavigator): string {
  if (outcome !== undefined) {
    return outcomeText(outcome);
  }
  // The cursor is shown only where something is typed.
  return grid.cursor === undefined
    ? `Selected: ${selected?.text.replace('^', '').trim() ?? 'nothing'}`
    : 'Typing: Enter boots this command line, Esc cancels';
}

function outcomeText(outcome: MenuOutcome): string {
  if (outcome.type === 'prompt') {
    return 'PXELINUX has left the menu for the "boot:" prompt.';
  }
  const { commandLine, isTimeout } = outcome;
  return `${isTimeout ? 'No key was pressed in time' : 'Chosen'}: PXELINUX starts "${commandLine}".`;
}
