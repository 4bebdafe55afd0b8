import { quoted } from '../../text/text.js';
import { wordAt } from '../language/keyword.js';
import { type LoadedConfig } from '../language/loaded.js';
import { finishMenu } from './menu-builder.js';
import { type ReaderState, type RecordedEntry } from './reader-state.js';

/**
 * Resolves what depends on all files (the targets of GOTO, EXIT, DEFAULT and ONTIMEOUT), and returns
 * the finished configuration.
 */
export function finishConfig(state: ReaderState): LoadedConfig {
  resolveTargets(state);
  const labels = firstOfEachLabel(state);
  applyDefault(state, labels);
  let last = { text: '', command: '' };
  return {
    menus: state.menus.map((menu) => {
      // Submenus inherit ONTIMEOUT, so most menus of a file have the same one.
      if (menu.onTimeout !== undefined && menu.onTimeout !== last.text) {
        last = { text: menu.onTimeout, command: unlabel(menu.onTimeout, labels) };
      }
      return finishMenu(menu, menu.onTimeout === undefined ? undefined : last.command);
    }),
    startMenu: state.startMenu.index,
    hidden: state.hiddenMenu,
    shiftKey: state.shiftKey,
    totalTimeoutMs: state.totalTimeoutMs,
    ...(state.resolution === undefined ? {} : { resolution: state.resolution }),
  };
}

/**
 * Resolves GOTO and EXIT with a tag to the menu that has the tag, or to the last of several such menus. If no
 * menu has it, the entry is disabled.
 */
function resolveTargets(state: ReaderState): void {
  const menus = new Map(
    state.menus.flatMap((menu) => (menu.tag === undefined ? [] : [[menu.tag, menu.index]])),
  );
  for (const { entry, targetTag } of state.allEntries) {
    if (targetTag === undefined || entry.action === 'disabled') {
      continue;
    }
    const target = menus.get(targetTag);
    if (target === undefined) {
      entry.action = 'disabled';
      const what = `no menu has the tag ${quoted(targetTag)}; the entry is shown as disabled`;
      state.report('warning', 'unresolved-goto', what, entry.span);
    } else {
      entry.target = target;
    }
  }
}

type Labels = ReadonlyMap<string, RecordedEntry>;

/** Returns the entries by label. A label that several entries share refers to the first of them. */
function firstOfEachLabel(state: ReaderState): Labels {
  const labels = new Map<string, RecordedEntry>();
  for (const recorded of state.allEntries) {
    const { label } = recorded.entry;
    if (label !== undefined && !labels.has(label)) {
      labels.set(label, recorded);
    }
  }
  return labels;
}

/**
 * Resolves DEFAULT alongside UI: the menu that contains the label is shown first, with the label
 * selected.
 */
function applyDefault(state: ReaderState, labels: Labels): void {
  if (!state.hasUi || state.globalDefault === undefined) {
    return;
  }
  const found = labels.get(wordAt(state.globalDefault, 0));
  if (found === undefined || found.menu === state.hidden) {
    return;
  }
  found.menu.defaultEntry = found.menu.entries.indexOf(found.entry);
  found.menu.hasDefault = true;
  state.startMenu = found.menu;
}

/** Returns a command with a label at its start replaced by the label's own command. */
function unlabel(command: string, labels: Labels): string {
  const word = wordAt(command, 0);
  const found = labels.get(word);
  return found === undefined
    ? command
    : `${found.entry.commandLine ?? ''}${command.slice(word.length)}`;
}
