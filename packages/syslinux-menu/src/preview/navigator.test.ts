import { describe, expect, it } from 'vitest';

import { parseSyslinux } from '../parse/parse.js';
import { MenuNavigator, type MenuNavigatorOptions } from './navigator.js';
import { gridText } from './screen-grid.js';

const ENTRIES = `
LABEL one
  MENU LABEL ^One
  LINUX one
LABEL two
  MENU LABEL ^Two
  LINUX two
`;

function navigate(config: string, options?: MenuNavigatorOptions): MenuNavigator {
  return new MenuNavigator(parseSyslinux(config).loaded, options);
}

function press(navigator: MenuNavigator, ...keys: string[]): void {
  for (const key of keys) {
    navigator.press(key);
  }
}

describe('MenuNavigator', () => {
  it('boots the entry that Enter is pressed on', () => {
    const navigator = navigate(ENTRIES);
    press(navigator, 't');
    expect(navigator.selected?.label).toBe('two');
    press(navigator, 'enter', 'up');
    expect(navigator.outcome).toEqual({
      type: 'boot',
      commandLine: '.linux two',
      isTimeout: false,
    });
  });

  it('boots the default or ONTIMEOUT when the timeout expires', () => {
    const navigator = navigate(`TIMEOUT 20\n${ENTRIES}`);
    navigator.tick(1999);
    expect(navigator.outcome).toBeUndefined();
    navigator.tick(1);
    expect(navigator.outcome).toEqual({ type: 'boot', commandLine: '.linux one', isTimeout: true });
    const other = navigate(`TIMEOUT 20\nONTIMEOUT two extra\n${ENTRIES}`);
    other.tick(5000);
    expect(other.outcome).toMatchObject({ commandLine: '.linux two extra' });
  });

  it('restarts the countdown with every key, and stops it when the selection moves', () => {
    const navigator = navigate(`TIMEOUT 20\n${ENTRIES}`);
    navigator.tick(1500);
    press(navigator, 'z');
    navigator.tick(1500);
    expect(navigator.outcome).toBeUndefined();
    press(navigator, 'down');
    navigator.tick(60_000);
    expect(navigator.outcome).toBeUndefined();
  });

  it('ends after TOTALTIMEOUT, whatever is pressed', () => {
    const navigator = navigate(`TOTALTIMEOUT 50\n${ENTRIES}`);
    press(navigator, 'down', 'tab');
    navigator.tick(4000);
    expect(navigator.outcome).toBeUndefined();
    navigator.tick(1000);
    expect(navigator.outcome).toMatchObject({ type: 'boot', commandLine: '.linux one' });
  });

  it('ends at the prompt when the timeout expires on a submenu', () => {
    const navigator = navigate(`TIMEOUT 10\nMENU BEGIN a\nMENU DEFAULT\n${ENTRIES}MENU END\n`);
    navigator.tick(1000);
    expect(navigator.outcome).toEqual({ type: 'prompt' });
  });

  it('shows a hidden menu after a key, and boots without one', () => {
    const hidden = `MENU HIDDEN\nTIMEOUT 30\n${ENTRIES}`;
    const navigator = navigate(hidden);
    navigator.tick(1000);
    expect(gridText(navigator.grid)).toContain('in 2 seconds');
    press(navigator, 'enter');
    expect(navigator.outcome).toBeUndefined();
    expect(gridText(navigator.grid)).toContain('One');
    const patient = navigate(hidden);
    patient.tick(3000);
    expect(patient.outcome).toMatchObject({ commandLine: '.linux one' });
  });

  it('goes to the boot prompt on MENU QUIT, and on Esc if options may be edited', () => {
    const navigator = navigate(ENTRIES);
    press(navigator, 'escape');
    expect(navigator.outcome).toEqual({ type: 'prompt' });
    const quitter = navigate('LABEL q\nMENU LABEL Quit\nMENU QUIT\n');
    press(quitter, 'enter');
    expect(quitter.outcome).toEqual({ type: 'prompt' });
    const locked = navigate(`ALLOWOPTIONS 0\n${ENTRIES}`);
    press(locked, 'escape', 'tab');
    expect(locked.outcome).toBeUndefined();
  });

  it('boots an entry with MENU IMMEDIATE as soon as its hotkey is pressed', () => {
    const navigator = navigate(`${ENTRIES}  MENU IMMEDIATE\n`);
    press(navigator, 'T');
    expect(navigator.outcome).toMatchObject({ commandLine: '.linux two' });
    const locked = navigate(`${ENTRIES}  MENU IMMEDIATE\n  MENU PASSWD x\n`);
    press(locked, 't');
    expect(locked.outcome).toBeUndefined();
    expect(gridText(locked.grid)).toContain('Password required');
  });

  it('returns from a help text to the menu', () => {
    const navigator = navigate(`LABEL h\nMENU LABEL Help\nMENU HELP f1.txt\n${ENTRIES}`);
    press(navigator, 'enter');
    expect(navigator.outcome).toBeUndefined();
    expect(gridText(navigator.grid)).toContain('Help');
  });

  it('does nothing on a disabled entry or in a menu without entries', () => {
    const disabled = navigate('LABEL d\nMENU LABEL D\nMENU PASSWD x\nMENU DISABLE\n');
    press(disabled, 'enter', 'tab', 'down', 'pagedown');
    expect(disabled.outcome).toBeUndefined();
    const empty = navigate(`${ENTRIES}MENU BEGIN empty\nMENU TITLE Empty\nMENU END\n`);
    press(empty, 'end', 'enter', 'enter', 'tab', 'down', 'up', '+', '-', 'pageup', 'end');
    expect(empty.menuIndex).toBe(2);
    expect(empty.selected).toBeUndefined();
    press(empty, 'escape');
    expect(empty.menuIndex).toBe(1);
  });

  it('ends immediately if the first menu has no entries', () => {
    expect(navigate('TIMEOUT 10\n').outcome).toEqual({ type: 'prompt' });
  });

  it('edits a command line and boots it', () => {
    const navigator = navigate(ENTRIES);
    press(navigator, 'tab', ' ', 'a', 'b', 'left', 'delete', 'end', 'c', 'home', 'right', 'enter');
    expect(navigator.outcome).toMatchObject({ commandLine: '.linux one ac' });
  });

  it('asks for passwords: the entry, the master, the prompt, the editor', () => {
    const config = `MENU MASTER PASSWD all\n${ENTRIES}  MENU PASSWD own\n`;
    const wrong = navigate(config);
    press(wrong, 'down', 'enter', 'n', 'o', 'enter');
    expect(wrong.outcome).toBeUndefined();
    press(wrong, 'enter', 'enter', 'enter', 'o', 'w', 'n', 'x', 'backspace', 'up', 'enter');
    expect(wrong.outcome).toMatchObject({ commandLine: '.linux two' });
    const master = navigate(config);
    press(master, 'down', 'enter', 'a', 'l', 'l', 'enter');
    expect(master.outcome).toMatchObject({ commandLine: '.linux two' });
    const prompt = navigate(config);
    press(prompt, 'escape', 'escape');
    expect(prompt.outcome).toBeUndefined();
    press(prompt, 'escape', 'a', 'l', 'l', 'enter');
    expect(prompt.outcome).toEqual({ type: 'prompt' });
    const editor = navigate(config);
    press(editor, 'tab', 'x', 'enter');
    expect(gridText(editor.grid)).not.toContain('> .linux');
    press(editor, 'tab', 'delete', 'a', 'l', 'l', 'enter');
    expect(gridText(editor.grid)).toContain('> .linux one');
    press(editor, 'enter');
    expect(editor.outcome).toMatchObject({ commandLine: '.linux one' });
  });

  it('checks hashes only with the given function', () => {
    const config = `${ENTRIES}  MENU PASSWD $6$salt$hash\n`;
    const keys = ['down', 'enter', 's', 'enter'];
    const plain = navigate(config);
    press(plain, ...keys);
    expect(plain.outcome).toBeUndefined();
    const checked = navigate(config, {
      checkPassword: (expected, typed) => expected === '$6$salt$hash' && typed === 's',
    });
    press(checked, ...keys);
    expect(checked.outcome).toMatchObject({ type: 'boot' });
  });

  it('accepts no more of a password than fits into its box', () => {
    const navigator = navigate(`MENU WIDTH 16\nMENU MARGIN 0\n${ENTRIES}  MENU PASSWD x\n`);
    press(navigator, 'down', 'enter', ...'abcdefghij'.split(''));
    expect(gridText(navigator.grid).match(/\*/g)).toHaveLength(5);
  });
});
