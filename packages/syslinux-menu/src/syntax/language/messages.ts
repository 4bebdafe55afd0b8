/** Messages of a theme, each with the second word of its MENU directive. */
export const MESSAGE_DIRECTIVES: readonly (readonly [MessageName, string])[] = [
  ['autobootMessage', 'AUTOBOOT'],
  ['tabMessage', 'TABMSG'],
  ['noTabMessage', 'NOTABMSG'],
  ['passwordPrompt', 'PASSPROMPT'],
];

/** The fields of a theme that are messages. */
export type MessageName = 'autobootMessage' | 'tabMessage' | 'noTabMessage' | 'passwordPrompt';

/** The menu program's own messages (com32/menu/menumain.c). */
export const DEFAULT_MESSAGES: Readonly<Record<MessageName, string>> = {
  autobootMessage: 'Automatic boot in # second{,s}...',
  tabMessage: 'Press [Tab] to edit options',
  noTabMessage: '',
  passwordPrompt: 'Password required',
};
